import { setTimeout } from 'node:timers/promises';
import type { BrokerStep } from '../../packages/server/src/accounts/broker/broker-context.ts';
import type { Rig } from '../../packages/server/test/broker/rig.ts';
import { startChild } from './child.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Death, VictimOrder } from './orders.ts';
import { LANDINGS, type Landing, Trail } from './trail.ts';

// Many more than the few that a round's kills put at risk: what is lost without a kill must not hide there.
const ACCOUNTS = 48;
const VICTIMS_AT_A_TIME = 3;
/** Kills between two looks at the truth. */
const ROUND = 3;
// A victim that finds nothing to do, because the others did it, is killed all the same.
const LONGEST_LIFE_MS = 1_500;

/** What came of the kills. */
export interface KillsOutcome extends Verdict {
  readonly kills: number;
  readonly histogram: ReadonlyMap<Landing, number>;
}

/** Kills processes in the middle of their work, and compares what is left with what TikTok knows. */
export async function runKills(
  rig: Rig,
  kills: number,
  random: () => number,
): Promise<KillsOutcome> {
  const judge = await Judge.begin(rig, ACCOUNTS);
  await rig.tiktok.control.patchSettings({ rate_limits: false, retain: 100_000 });
  // Answers that take their time on both sides of the effect: there is a moment to be killed in.
  await rig.tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { delay_ms: 15, bytes_per_second: 30_000 },
  });
  const histogram = new Map<Landing, number>(LANDINGS.map((landing) => [landing, 0]));
  let left = kills;
  while (left > 0) {
    let inRound = Math.min(ROUND, left);
    left -= inRound;
    const kill = async () => {
      while (inRound-- > 0) {
        await rig.advance(7200);
        const trail = await runVictim(rig, judge.accountIds, drawDeath(random), random);
        histogram.set(trail.landing, (histogram.get(trail.landing) ?? 0) + 1);
        judge.noteKill(trail.atRisk);
      }
    };
    await Promise.all(Array.from({ length: VICTIMS_AT_A_TIME }, kill));
    await judge.recover();
  }
  return { kills, histogram, ...judge.verdict };
}

/** Half of the deaths are exact, half come from outside while the request is under way. */
function drawDeath(random: () => number): Death {
  const nth = 1 + Math.floor(random() * 4);
  if (random() < 0.5) {
    return { by: 'parent', after: 'sent', nth, delayMs: Math.floor(random() * 60) };
  }
  const steps: readonly BrokerStep[] = ['claimed', 'sent', 'answered', 'stored', 'handed_out'];
  const after = steps[Math.floor(random() * steps.length)] ?? 'sent';
  return { by: 'itself', after, nth, delayMs: 0 };
}

async function runVictim(
  rig: Rig,
  accountIds: readonly string[],
  death: Death,
  random: () => number,
): Promise<Trail> {
  const { site, workspaceId } = rig;
  const seed = Math.floor(random() * 2 ** 31);
  const order: VictimOrder = { site, workspaceId, accountIds, death, seed };
  const child = startChild('victim-process.ts', order);
  const trail = new Trail();
  const done = new AbortController();
  const kill = () => child.process.kill('SIGKILL');
  let seen = 0;
  child.onLine((line) => {
    if (line === 'ready') {
      void setTimeout(LONGEST_LIFE_MS, undefined, { signal: done.signal }).then(
        kill,
        () => undefined,
      );
    }
    const step = trail.take(line);
    if (death.by !== 'parent' || step !== death.after) return;
    seen += 1;
    if (seen === death.nth) void setTimeout(death.delayMs).then(kill);
  });
  const { code, signal } = await child.ended;
  done.abort();
  // One that fell by its own error proves nothing.
  if (signal !== 'SIGKILL') throw new Error(`A victim was not killed: it ended with ${code}`);
  return trail;
}
