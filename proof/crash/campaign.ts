import type { Arena } from './arena.ts';
import type { Flow } from './flows.ts';
import type { Moment } from './orders.ts';
import type { Engine, Outcome, Progress, Target } from './progress.ts';
import { type CaseResult, type Deaths, runCase } from './run-case.ts';

const MOMENTS: readonly Moment[] = ['pending', 'settled'];
/** A place that only some runs come to is tried so often. */
const TRIES = 3;

/** What a campaign works with. */
export interface CampaignOptions {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly flows: readonly Flow[];
  readonly progress: Progress;
  /** Chooses among the targets: all of them, or a sample. */
  readonly choose: (targets: readonly Target[]) => readonly Target[];
  /** Hears how far it is. */
  readonly say: (words: string) => void;
}

/**
 * Runs flows on one installation: first without a kill, to see where each comes to; then with one kill at each of
 * these places, in both moments; then with a second kill at each place that was come to only behind the first.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { flows, choose } = options;
  for (const flow of flows) await explore(options, flow);
  await runTargets(options, choose(flows.flatMap((flow) => targetsOf(options, flow))));
  await runTargets(options, choose(flows.flatMap((flow) => secondTargetsOf(options, flow))));
}

async function explore({ arena, engine, progress, say }: CampaignOptions, flow: Flow) {
  if (progress.findReached(engine, flow.name) !== undefined) return;
  const result = await runCase(arena, flow, undefined);
  const { duplicates, lost } = judge(arena, flow, result);
  if (duplicates + lost > 0) {
    throw new Error(
      `${flow.name} does not work without a kill: ${result.state} (${result.reason}), ${JSON.stringify(result.truth)}`,
    );
  }
  progress.saveReached(engine, flow.name, result.reached);
  say(`${engine}, ${flow.name}: comes to ${result.reached.length} places`);
}

function targetsOf({ engine, progress }: CampaignOptions, flow: Flow): Target[] {
  const sites = progress.findReached(engine, flow.name) ?? [];
  return sites.flatMap((site) =>
    MOMENTS.map((moment) => ({ engine, flow: flow.name, deaths: { first: { site, moment } } })),
  );
}

/** Places behind a kill: each with the first kill, in the order of names, that led there. */
function secondTargetsOf({ engine, progress }: CampaignOptions, flow: Flow): Target[] {
  const known = new Set(progress.findReached(engine, flow.name));
  const found = new Map<string, Deaths['first']>();
  for (const { target, outcome } of progress.all) {
    const { first, second } = target.deaths;
    if (target.engine !== engine || target.flow !== flow.name || second !== undefined) continue;
    for (const site of outcome.reached)
      if (!known.has(site) && !found.has(site)) found.set(site, first);
  }
  return [...found].flatMap(([site, first]) =>
    MOMENTS.map((moment) => ({
      engine,
      flow: flow.name,
      deaths: { first, second: { site, moment } },
    })),
  );
}

async function runTargets(options: CampaignOptions, targets: readonly Target[]): Promise<void> {
  const { arena, flows, progress, say } = options;
  for (const [index, target] of targets.entries()) {
    const flow = flows.find(({ name }) => name === target.flow);
    if (flow === undefined || progress.find(target) !== undefined) continue;
    const outcome = await tryTarget(arena, flow, target);
    progress.save(target, outcome);
    say(describe(target, outcome, `${index + 1} of ${targets.length}`));
  }
}

async function tryTarget(arena: Arena, flow: Flow, target: Target): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const result = await runCase(arena, flow, target.deaths);
    const { kills, isObeyed, resumedMs, state, reason, isAsked, reached } = result;
    const { duplicates, lost } = judge(arena, flow, result);
    const isClean = duplicates + lost === 0;
    if (isClean && !isObeyed && tries < TRIES) continue;
    return { kills, isObeyed, resumedMs, state, reason, isAsked, duplicates, lost, reached };
  }
}

/** Compares what TikTok has with what was sent. */
export function judge(
  { shelf }: Arena,
  flow: Flow,
  { state, truth }: CaseResult,
): { readonly duplicates: number; readonly lost: number } {
  const sent = shelf[flow.media].map(({ sha256 }) => sha256).join();
  const isWhole = truth.sha256.some((received) => received.join() === sent);
  const end = flow.mode === 'MEDIA_UPLOAD' ? 'in_inbox' : 'published';
  return {
    duplicates: Math.max(0, truth.completed - 1),
    lost: isWhole && state === end ? 0 : 1,
  };
}

function describe({ engine, flow, deaths }: Target, outcome: Outcome, place: string): string {
  const { first, second } = deaths;
  const where = [first, ...(second === undefined ? [] : [second])]
    .map(({ site, moment }) => `${site} ${moment}`)
    .join(', then ');
  const { state, reason, resumedMs, isObeyed, duplicates, lost, isAsked } = outcome;
  const words = [
    isObeyed ? `resumed in ${resumedMs ?? '-'} ms` : 'NOT KILLED',
    duplicates > 0 ? `${duplicates} DUPLICATES` : '',
    lost > 0 ? `LOST: ${state} (${reason})` : '',
    isAsked ? 'a person was asked' : '',
  ].filter(Boolean);
  return `${engine}, ${flow}, ${place}: ${where}: ${words.join(', ')}`;
}
