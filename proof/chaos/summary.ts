import type { Claim, Outcome, Table } from '../report.ts';
import { CRITICAL, LANDINGS } from './landing.ts';
import type { PlanResult } from './run-plan.ts';

/** A plan that could not be played to its end. */
export interface BrokenPlan {
  readonly seed: number;
  readonly error: string;
}

/** A fifth of the kills must land where a post could be doubled or lost. */
const LEAST_SHARE = 0.2;

/** Makes one outcome of all plans. */
export function summarize(
  seed: number,
  results: readonly PlanResult[],
  broken: readonly BrokenPlan[],
): Outcome {
  const verdicts = results.flatMap((result) => result.verdicts);
  const kills = results.flatMap(({ landings }) => landings);
  const critical = kills.filter((landing) => CRITICAL.includes(landing));
  const jumps = sum(results.map(({ clockJumps }) => clockJumps));
  const restarts = sum(results.map(({ databaseRestarts }) => databaseRestarts));
  const share = kills.length === 0 ? 0 : critical.length / kills.length;
  return {
    proof: 'chaos',
    seed,
    runs: results.length,
    faults: sum(results.map(({ faults }) => faults)) + kills.length + jumps + restarts,
    duplicates: verdicts.filter(({ isDuplicate }) => isDuplicate).length,
    lost: verdicts.filter(({ isLost }) => isLost).length,
    claims: [
      claim(
        `${percent(share)} of the kills landed in init, the last chunk, or between answer and commit: at least a fifth`,
        share >= LEAST_SHARE,
      ),
      claim(`all plans were played to their end${listSeeds(broken)}`, broken.length === 0),
    ],
    tables: [landingsTable(results), troubleTable(results)],
    notes: [
      `${verdicts.length} posts, ${kills.length} kills, ${jumps} jumps of the clock, ${restarts} restarts of the database, ${sum(results.map(({ asked }) => asked))} posts of which a person had to say what became of them.`,
      ...broken.map(({ error, seed: of }) => `Plan ${of}: ${error}`),
    ],
  };
}

function landingsTable(results: readonly PlanResult[]): Table {
  const kills = results.flatMap(({ landings }) => landings);
  const rows = LANDINGS.map((landing) => {
    const count = kills.filter((one) => one === landing).length;
    return [landing, count, percent(kills.length === 0 ? 0 : count / kills.length)];
  });
  return { title: 'Where the kills landed', headings: ['where', 'kills', 'share'], rows };
}

/** Replay one with `--seed SEED --runs 1`. */
function troubleTable(results: readonly PlanResult[]): Table {
  const rows = results.flatMap(({ plan, verdicts }) =>
    verdicts
      .filter(({ isDuplicate, isLost }) => isDuplicate || isLost)
      .map(({ post, reason, state, times }) => [
        plan.seed,
        post.id,
        post.planned.kind,
        state,
        reason,
        times,
      ]),
  );
  const headings = ['seed', 'post', 'kind', 'state', 'reason', 'times at TikTok'];
  return { title: 'Posts that are lost or doubled', headings, rows };
}

function claim(words: string, holds: boolean): Claim {
  return { claim: words, holds };
}

function listSeeds(broken: readonly BrokenPlan[]): string {
  return broken.length === 0 ? '' : ` (not ${broken.map(({ seed }) => seed).join(', ')})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
