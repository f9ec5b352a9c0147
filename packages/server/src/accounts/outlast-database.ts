import { setTimeout } from 'node:timers/promises';
import { isPassing } from '../db/errors.ts';
import type { Services } from '../http/services.ts';

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;

/**
 * Does work with fresh tokens, which exist nowhere else, again for as long as the database is away or full.
 *
 * The work must bear being done twice: a commit may have been stored although its answer was lost.
 *
 * @throws What the work threw: at once if time does not heal it, else after the deadline.
 */
export async function outlastDatabase<T>(
  { log }: Pick<Services, 'log'>,
  connectionId: string,
  deadline: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || deadline.aborted) throw error;
      const facts = { err: error, connection_id: connectionId };
      log.warn(facts, 'What a connection brought cannot be stored now; it is tried again.');
    }
    // The deadline only ends the pause: the work is tried one last time.
    await setTimeout(delayMs, undefined, { signal: deadline, ref: false }).catch(() => undefined);
  }
}
