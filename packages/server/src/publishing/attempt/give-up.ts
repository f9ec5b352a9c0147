import { type AttemptRun, commit } from './attempt-run.ts';
import { LostAttempt, putOff, readAttempt } from './attempt-store.ts';
import { hold, passFence } from './end-run.ts';
import { settleLostInit } from './settle-lost-init.ts';

/**
 * Ends an attempt that keeps meeting a fault of ours, as its row allows: nothing may post twice, nothing is lost. One that
 * cannot even be ended rests, longer and longer.
 */
export async function giveUp(run: AttemptRun, error: unknown): Promise<void> {
  try {
    await end(run, error);
  } catch (failure) {
    if (run.signal.aborted) throw failure;
    if (!(failure instanceof LostAttempt)) await rest(run, failure);
  }
}

async function end(run: AttemptRun, error: unknown): Promise<void> {
  const code = error instanceof Error ? error.name : 'unknown';
  const facts = { outcome: 'fault', code };
  const attempt = await commit(run, (tx) => readAttempt(tx, run));
  if (attempt.init_sent_at !== null && attempt.init_answered_at === null) {
    return settleLostInit(run, { ...facts, outcome: 'init_unclear' });
  }
  // What TikTok has of it, TikTok says.
  if (attempt.fence_at !== null) return commit(run, (tx) => passFence(tx, run));
  await commit(run, (tx) => hold(tx, run, 'greenroom_fault', { fault: code }, facts));
}

async function rest(run: AttemptRun, failure: unknown): Promise<void> {
  const { attemptId, services } = run;
  const facts = { err: failure, attempt_id: attemptId };
  services.log.error(facts, 'an attempt cannot be given up: it rests');
  try {
    await commit(run, (tx) => putOff(tx, run, restOf(run)));
  } catch (lost) {
    if (!(lost instanceof LostAttempt)) throw lost;
  }
}

const MINUTE_MS = 60_000;
const LONGEST_REST_MS = 60 * MINUTE_MS;

/** A minute for each run so far. */
function restOf({ attempt, services }: AttemptRun): Date {
  const restMs = Math.min(attempt.runs * MINUTE_MS, LONGEST_REST_MS);
  return new Date(services.clock.now().getTime() + restMs);
}
