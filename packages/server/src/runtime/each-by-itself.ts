import { DatabaseUnavailableError } from '../db/errors.ts';
import type { Services } from '../http/services.ts';

/** How the places of a round are worked on. */
export interface EachOptions {
  readonly log: Pick<Services['log'], 'error'>;
  /** Ends the round between two of them. */
  readonly signal?: AbortSignal | undefined;
  /** How many are worked on at a time. Default 1. */
  readonly lanes?: number;
}

/**
 * Does the work of a sweep's round for each of what it found. One that fails is logged and keeps nobody behind it from
 * its turn; a database that is away ends the round.
 *
 * @param items - Ids: they are written into the log.
 * @throws {DatabaseUnavailableError} Once all that had begun has ended.
 */
export async function eachByItself<Item extends object>(
  { lanes = 1, log, signal }: EachOptions,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) {
      if (signal?.aborted === true) return;
      try {
        await work(item);
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) throw error;
        log.error({ err: error, item }, 'one of a sweep failed; the others go on');
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
