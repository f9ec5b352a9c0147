import { type AttemptRun, commit } from './attempt-run.ts';
import { LostAttempt, readAttempt } from './attempt-store.ts';
import { hold, passFence } from './end-run.ts';
import { settleLostInit } from './settle-lost-init.ts';

/** Ends an attempt that keeps meeting a fault of ours, as its row allows: nothing may post twice, nothing is lost. */
export async function giveUp(run: AttemptRun, error: unknown): Promise<void> {
  const code = error instanceof Error ? error.name : 'unknown';
  const end = { outcome: 'fault', code };
  const attempt = await commit(run, (tx) => readAttempt(tx, run));
  try {
    if (attempt.init_sent_at !== null && attempt.init_answered_at === null) {
      return await settleLostInit(run, { ...end, outcome: 'init_unclear' });
    }
    // What TikTok has of it, TikTok says.
    if (attempt.fence_at !== null) return await commit(run, (tx) => passFence(tx, run));
    await commit(run, (tx) => hold(tx, run, 'greenroom_fault', { fault: code }, end));
  } catch (failure) {
    if (!(failure instanceof LostAttempt)) throw failure;
  }
}
