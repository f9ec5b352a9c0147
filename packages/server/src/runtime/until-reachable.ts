import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError } from '../db/errors.ts';
import { StartError } from './start-error.ts';

/** How long to wait for a database, and who hears of it. */
export interface PatienceOptions {
  /** How long it may stay away; default one minute. */
  readonly patienceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears, each time in words, that the database is not there yet. */
  readonly onWait: (words: string) => void;
}

const DELAYS_MS = [250, 500, 1000, 2000, 4000];

/**
 * Does what needs the database, and waits for a database that is not there yet: containers start in any order.
 *
 * @throws {StartError} If it stays away.
 */
export async function untilReachable<T>(
  work: () => Promise<T>,
  { onWait, patienceMs = 60_000, signal }: PatienceOptions,
): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      const waitedMs = performance.now() - startedAt;
      const why = reasonOf(error);
      if (waitedMs >= patienceMs) throw givenUp(why, waitedMs, error);
      onWait(`The database cannot be reached yet (${why}). Trying again.`);
    }
    await sleep(DELAYS_MS[attempt] ?? DELAYS_MS.at(-1), undefined, signal ? { signal } : {});
  }
}

function reasonOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return 'no answer';
  // Node tries every address of a name and keeps what each of them said.
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return first instanceof Error && first.message !== '' ? first.message : cause.name;
}

function givenUp(why: string, waitedMs: number, cause: unknown): StartError {
  const seconds = Math.round(waitedMs / 1000);
  return new StartError(
    'database_unavailable',
    `The database of DATABASE_URL could not be reached for ${seconds} s: ${why}.`,
    {
      cause,
      remedy:
        'Start it, or correct host, port and network in DATABASE_URL. Without DATABASE_URL Greenroom runs a database of its own.',
    },
  );
}
