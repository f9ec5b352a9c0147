import type { Random, Sleep } from './clock.ts';
import { TikTokApiError, TikTokError } from './errors.ts';

/** How often a read is sent again, at most. */
export const DEFAULT_MAX_RETRIES = 3;

const BASE_DELAY_MS = 500;
// TikTok counts requests over a minute: half a second after a refusal is the same minute.
const RATE_LIMIT_BASE_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 30_000;
// Who asks for more is better answered by a failure than by silence.
const LONGEST_RETRY_AFTER_MS = 120_000;

/**
 * How long to wait before a repeat: what `Retry-After` asked for, else exponential with full
 * jitter and a cap. Nothing if a repeat cannot help, or only later than a caller would wait.
 *
 * @param retries - How many repeats there were already.
 */
function findRetryDelayMs(error: TikTokError, retries: number, random: Random): number | undefined {
  if (!error.isRetryable) return undefined;
  const asked = error instanceof TikTokApiError ? error.retryAfterMs : undefined;
  if (asked !== undefined) return asked > LONGEST_RETRY_AFTER_MS ? undefined : asked;
  const base = error.status === 429 ? RATE_LIMIT_BASE_DELAY_MS : BASE_DELAY_MS;
  return random() * Math.min(LONGEST_DELAY_MS, base * 2 ** retries);
}

/** How {@link retry} repeats. */
export interface RetryOptions {
  readonly maxRetries: number;
  readonly sleep: Sleep;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  /** Whether the work may be done again after this error; by default after every retryable one. */
  readonly mayRepeat?: (error: TikTokError) => boolean;
}

/** Does the work again after a delay, as long as its failures are worth it. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { maxRetries, sleep, random, signal, mayRepeat = () => true } = options;
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TikTokError) || retries >= maxRetries) throw error;
      const delayMs = mayRepeat(error) ? findRetryDelayMs(error, retries, random) : undefined;
      if (delayMs === undefined) throw error;
      await sleep(delayMs, signal);
    }
  }
}
