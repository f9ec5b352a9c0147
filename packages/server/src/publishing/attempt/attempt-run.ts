import { setTimeout as sleep } from 'node:timers/promises';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { isPassing } from '../../db/errors.ts';
import type { Services } from '../../http/services.ts';
import type { StoredPost } from '../../posts/get-post.ts';
import { type AttemptRow, LostAttempt, type Runner } from './attempt-store.ts';
import type { PostCall, PostClient } from './client-for-post.ts';

/** One run of an attempt: what it works with, what it saw when it began, and when it must end. */
export interface AttemptRun extends Runner, PostCall {
  readonly attemptId: string;
  readonly services: Services;
  readonly attempt: AttemptRow;
  readonly post: StoredPost;
  /** Aborts when this process stops. */
  readonly signal: AbortSignal;
}

/**
 * Commits what a run has learned, again and again while the database is away or full: what TikTok has answered
 * exists nowhere else. The work bears being done twice, for a commit may be stored although its answer was lost.
 *
 * @param calls - Whose answers are written with it.
 * @param insistMs - For so long it is tried again whatever is wrong: what is lost with it nobody could make good.
 * @throws What the work threw if time does not heal it, and the signal's reason when this process stops.
 */
export async function commit<T>(
  { services: { database, log }, signal, workspaceId, attemptId }: CommitPlace,
  work: (tx: Transaction) => Promise<T>,
  calls?: PostClient,
  insistMs = 0,
): Promise<T> {
  const startedAt = performance.now();
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      return await inWorkspace(database, workspaceId, async (tx) => {
        const result = await work(tx);
        await calls?.recordAnswers(tx);
        return result;
      });
    } catch (error) {
      if (error instanceof LostAttempt) throw error;
      if (!isPassing(error) && performance.now() - startedAt >= insistMs) throw error;
      calls?.restoreAnswers();
      log.warn({ err: error, attempt_id: attemptId }, 'an attempt waits for the database');
    }
    await sleep(delayMs, undefined, { signal });
  }
}

/** Where something is committed, and how long it is worth trying. */
export type CommitPlace = Pick<AttemptRun, 'attemptId' | 'signal' | 'workspaceId'> & {
  readonly services: Pick<Services, 'database' | 'log'>;
};

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
