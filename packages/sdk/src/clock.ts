/**
 * Tells the present instant. Replace it in tests, or where the time comes from elsewhere.
 *
 * @example
 * ```ts
 * import type { Clock } from '@greenroom/sdk';
 *
 * const noon: Clock = () => new Date('2026-11-20T12:00:00Z');
 * ```
 */
export type Clock = () => Date;

/**
 * Waits `ms` milliseconds; rejects with the signal's reason as soon as that is aborted.
 *
 * @example
 * ```ts
 * import type { Sleep } from '@greenroom/sdk';
 *
 * const inNoTime: Sleep = async (_ms, signal) => signal?.throwIfAborted();
 * ```
 */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Gives a number from 0 up to, but not including, 1, as `Math.random` does. */
export type Random = () => number;

/** The host's own clock. */
export const systemClock: Clock = () => new Date();

// A longer timeout would overflow to 1 ms in every JavaScript runtime.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits with the host's timers; the default {@link Sleep}. */
export const abortableSleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
