import type { EmulatorControl } from '@greenroom/emulator';
import type { Blow, Plan, PlannedFault, Window } from './plan.ts';

type Rule = Parameters<EmulatorControl['addFault']>[0];
type Match = NonNullable<Rule['match']>;

const INITS: readonly Match[] = [
  { path: '/v2/post/publish/video/init/' },
  { path: '/v2/post/publish/inbox/video/init/' },
  { path: '/v2/post/publish/content/init/' },
];

const MATCHES: Readonly<Record<PlannedFault['at'], readonly Match[]>> = {
  'creator info': [{ path: '/v2/post/publish/creator_info/query/' }],
  init: INITS,
  upload: [{ method: 'PUT', path: '/upload*' }],
  status: [{ path: '/v2/post/publish/status/fetch/' }],
};

const ACTIONS: Readonly<Record<PlannedFault['does'], Rule['action']>> = {
  'cut before': { drop: 'before' },
  'cut after': { drop: 'after' },
  fail: { status: 500 },
  limit: { status: 429 },
  slow: { delay_ms: 1_500 },
};

/** What holds a request open for about a second, so that a kill can land there: before TikTok acts, or after. */
const WIDE: Readonly<Record<Window, readonly { match: Match; action: Rule['action'] }[]>> = {
  init: INITS.map((match) => ({ match, action: { delay_ms: 800 } })),
  answer: INITS.map((match) => ({ match, action: { bytes_per_second: 250 } })),
  'last chunk': [{ match: { method: 'PUT', path: '/upload*' }, action: { delay_ms: 800 } }],
  transfer: [],
  anywhere: [],
};

/** Has TikTok do wrong what the plan says, and be slow where a kill is to land. @returns How many rules that are. */
export async function addFaults(control: EmulatorControl, plan: Plan): Promise<number> {
  const rules = [...plan.blows.flatMap(toWidening), ...plan.faults.flatMap(toRules)];
  for (const rule of rules) await control.addFault({ ...rule, times: 1 });
  return rules.length;
}

/** Has TikTok do everything right again. */
export async function clearFaults(control: EmulatorControl): Promise<void> {
  const { faults } = await control.listFaults();
  for (const { id } of faults) await control.deleteFault(id);
}

function toWidening(blow: Blow): readonly Rule[] {
  return blow.kind === 'kill' || blow.kind === 'kill all' ? WIDE[blow.window] : [];
}

function toRules({ at, does, nth }: PlannedFault): Rule[] {
  return MATCHES[at].map((match) => ({ match: { ...match, nth }, action: ACTIONS[does] }));
}
