import { setTimeout } from 'node:timers/promises';
import { codeOf } from '../../db/errors.ts';
import type { BrokerLog } from './broker-context.ts';
import { SupersededError } from './refresh-store.ts';

/** How {@link persist} goes on. */
export interface PersistOptions {
  /** The account that it is about, for the log. */
  readonly accountId: string;
  /** Hears of each failure. */
  readonly log: BrokerLog;
  /** Ends it when the process must end. */
  readonly closing: AbortSignal;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;

/**
 * Does a piece of work in the database until it is done, however long the database is away or full.
 *
 * What it stores exists nowhere else: a new pair, or that a lease is free again. Only what can never be
 * stored ends it: see {@link isSuperseded} and {@link isUnstorable}. A commit whose answer was lost is
 * seen as superseded when it is done again, which is as good: the generation is another one then.
 */
export async function persist<T>(work: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { accountId, log, closing } = options;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (isSuperseded(error) || isUnstorable(error)) throw error;
      const facts = { err: error, account_id: accountId };
      if (closing.aborted) {
        log.error(facts, 'What became of a refresh could not be stored before the process ends.');
        throw error;
      }
      log.warn(facts, 'What became of a refresh cannot be stored now; it is kept and tried again.');
    }
    // An abort only ends the pause: the work is tried one last time.
    await setTimeout(delayMs, undefined, { signal: closing }).catch(() => undefined);
  }
}

/**
 * Whether what was to be stored has no place any more: another pair is there, the account was
 * disconnected, or its creator is connected in another workspace by now (the unique index says so).
 */
export function isSuperseded(error: unknown): boolean {
  return error instanceof SupersededError || codeOf(error) === UNIQUE_VIOLATION;
}

/**
 * Whether the database refuses the values or the statement themselves, so that it will refuse them again:
 * classes 22 (data), 23 (constraints) and 42 (statement, privileges).
 */
export function isUnstorable(error: unknown): boolean {
  return /^(22|23|42)...$/.test(codeOf(error) ?? '');
}

const UNIQUE_VIOLATION = '23505';
