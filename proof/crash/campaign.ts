import type { Places } from '../support/places.ts';
import type { Arena } from './arena.ts';
import type { Flow } from './flows.ts';
import type { Engine, Outcome, Progress, Target } from './progress.ts';
import { type CaseResult, runCase } from './run-case.ts';

/** A place that only some runs come to is tried so often. */
const TRIES = 2;

/** An installation, and what is done on it. */
export interface Campaign {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly flows: readonly Flow[];
  readonly progress: Progress;
  /** How many cases run beside each other: more, and the machine is what delays whoever goes on. */
  readonly places: Places;
  /** Hears how far it is. */
  readonly say: (words: string) => void;
}

/** Runs each flow without a kill, to see where it comes to. */
export async function explore(campaign: Campaign): Promise<void> {
  const { arena, engine, flows, places, progress, say } = campaign;
  for (const flow of flows) {
    if (progress.findReached(engine, flow.name) !== undefined) continue;
    const result = await places.run(() => runCase(arena, flow, undefined));
    const { duplicates, lost } = judge(arena, flow, result);
    if (duplicates + lost > 0) {
      const { reason, state, truth } = result;
      const said = `${state} (${reason}), ${JSON.stringify(truth)}`;
      throw new Error(`${flow.name} does not work without a kill: ${said}`);
    }
    progress.saveReached(engine, flow.name, result.reached);
    say(`${engine}, ${flow.name}: comes to ${result.reached.length} places`);
  }
}

/** Carries out what has not been carried out yet. */
export async function runTargets(campaign: Campaign, targets: readonly Target[]): Promise<void> {
  const { arena, flows, places, progress, say } = campaign;
  for (const [index, target] of targets.entries()) {
    const flow = flows.find(({ name }) => name === target.flow);
    if (flow === undefined || progress.find(target) !== undefined) continue;
    const outcome = await places.run(() => tryTarget(arena, flow, target));
    progress.save(target, outcome);
    say(describe(target, outcome, `${index + 1} of ${targets.length}`));
  }
}

async function tryTarget(arena: Arena, flow: Flow, target: Target): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const result = await runCase(arena, flow, target.deaths);
    const { aftermaths, isObeyed, state, reason, isAsked, reached } = result;
    const { duplicates, lost } = judge(arena, flow, result);
    const isClean = duplicates + lost === 0;
    if (isClean && !isObeyed && tries < TRIES) continue;
    return { aftermaths, isObeyed, state, reason, isAsked, duplicates, lost, reached };
  }
}

/** Compares what TikTok has with what was sent. */
function judge(
  { shelf }: Arena,
  flow: Flow,
  { state, truth }: CaseResult,
): { readonly duplicates: number; readonly lost: number } {
  const duplicates = Math.max(0, truth.completed - 1);
  // What a person cancels may be published when it was too late: it must not be neither.
  if (flow.person === 'cancels' && state === 'canceled') {
    return { duplicates: truth.completed, lost: 0 };
  }
  const sent = shelf[flow.media].map(({ sha256 }) => sha256).join();
  const isWhole = truth.sha256.some((received) => received.join() === sent);
  const end = flow.mode === 'MEDIA_UPLOAD' ? 'in_inbox' : 'published';
  return {
    duplicates,
    lost: isWhole && state === end ? 0 : 1,
  };
}

function describe({ engine, flow, deaths }: Target, outcome: Outcome, place: string): string {
  const { first, second } = deaths;
  const where = [first, ...(second === undefined ? [] : [second])]
    .map(({ hit, moment, site }) => `${site} ${moment}${hit === 1 ? '' : `, time ${hit}`}`)
    .join(', then ');
  const { state, reason, aftermaths, isObeyed, duplicates, lost, isAsked } = outcome;
  const after = aftermaths.at(-1) ?? 'was at its end';
  const words = [
    isObeyed ? (typeof after === 'number' ? `resumed in ${after} ms` : after) : 'NOT KILLED',
    duplicates > 0 ? `${duplicates} DUPLICATES` : '',
    lost > 0 ? `LOST: ${state} (${reason})` : '',
    isAsked ? 'a person was asked' : '',
  ].filter(Boolean);
  return `${engine}, ${flow}, ${place}: ${where}: ${words.join(', ')}`;
}
