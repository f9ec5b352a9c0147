import { tracingChannel } from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import { isPassing } from '../db/errors.ts';
import type { Log } from '../logging/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** Work that is done again and again: a round looks for what is due and does it. */
export interface Sweep {
  /** Name in logs and metrics. */
  readonly name: string;
  /** Time between the end of a round and the begin of the next. */
  readonly intervalMs: number;
  /**
   * Does what is due. It ends early when the signal aborts, with nothing half done.
   *
   * @returns Whether more is due: then the next round begins at once.
   */
  readonly run: (signal: AbortSignal) => Promise<boolean>;
  /** How long a sweep may go without coming through before it counts as stuck; default 5 minutes, at least 10 intervals. */
  readonly stuckAfterMs?: number;
}

/** What a {@link Sweeper} needs; time and chance have real defaults. */
export interface SweeperOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Draws from [0, 1). */
  readonly random?: () => number;
  /** Waits, at most until the signal aborts; resolves in both cases. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How a sweep fares. */
export interface SweepState {
  readonly name: string;
  /** Whether it has not come through for longer than it may. */
  readonly isStuck: boolean;
  /** Since when it has not come through, in milliseconds of this process's life. */
  readonly silentMs: number;
  /** Why the last round failed, if it did. */
  readonly lastError?: string;
}

/** Name of the diagnostics channel on which each round is told, with the sweep's name. */
export const SWEEP_CHANNEL = 'greenroom.sweep';

const LONGEST_PAUSE_MS = 5 * 60_000;

/** While the database is away nothing is gained by looking less often, and all wait for what it finds. */
const DATABASE_PAUSE_MS = 2_000;

/**
 * Runs one sweep until it is closed.
 *
 * ```text
 * waiting ──▶ running ──▶ waiting (interval ± 10 %; at once when more is due)
 *    ▲           └──────▶ waiting longer (doubled with each failure, up to 5 minutes; 2 s for the database)
 *    └── wake()
 * ```
 *
 * Rounds never overlap. A failed round is logged and counted and never ends the process.
 */
export class Sweeper {
  readonly #sweep: Sweep;
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  readonly #stuckAfterMs: number;
  readonly #channel = tracingChannel(SWEEP_CHANNEL);
  #loop: Promise<void> | undefined;
  #isWoken = false;
  #endPause: (() => void) | undefined;
  #lastDoneAt = performance.now();
  #lastError: string | undefined;
  #failures = 0;
  #longestPauseMs = LONGEST_PAUSE_MS;

  constructor(sweep: Sweep, options: SweeperOptions) {
    this.#sweep = sweep;
    this.#options = options;
    this.#stuckAfterMs = sweep.stuckAfterMs ?? Math.max(LONGEST_PAUSE_MS, 10 * sweep.intervalMs);
  }

  /** Begins with the first round at once. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** The next round begins now, or right after the one that runs: that may have looked already. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause?.();
  }

  /** How it fares. */
  get state(): SweepState {
    const silentMs = performance.now() - this.#lastDoneAt;
    return {
      name: this.#sweep.name,
      isStuck: this.#loop !== undefined && silentMs > this.#stuckAfterMs,
      silentMs,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  /** Lets the running round hand back what it holds, and ends. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isWoken = false;
      const hasMore = await this.#round();
      if (!hasMore && !this.#isWoken) await this.#pause();
    }
  }

  async #round(): Promise<boolean> {
    const { log, metrics } = this.#options;
    const { name } = this.#sweep;
    const startedAt = performance.now();
    try {
      const hasMore = await this.#channel.tracePromise(() => this.#sweep.run(this.#stop.signal), {
        sweep: name,
      });
      metrics.sweeps.inc({ sweep: name, outcome: 'done' });
      metrics.sweepLastDone.set({ sweep: name }, Date.now() / 1000);
      this.#lastDoneAt = performance.now();
      this.#lastError = undefined;
      this.#failures = 0;
      return hasMore;
    } catch (error) {
      // Cut off by our own stop, it did not fail.
      if (this.#stop.signal.aborted) return false;
      metrics.sweeps.inc({ sweep: name, outcome: 'failed' });
      this.#failures += 1;
      this.#longestPauseMs = isPassing(error) ? DATABASE_PAUSE_MS : LONGEST_PAUSE_MS;
      this.#lastError = error instanceof Error ? error.message : String(error);
      log.error({ err: error, sweep: name, failures: this.#failures }, 'a sweep failed');
      return false;
    } finally {
      metrics.sweepSeconds.observe({ sweep: name }, (performance.now() - startedAt) / 1000);
    }
  }

  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { random = Math.random, sleep = abortableSleep } = this.#options;
    const backoff = 2 ** Math.min(this.#failures, 16);
    const longest = Math.max(this.#longestPauseMs, this.#sweep.intervalMs);
    const pauseMs = Math.min(this.#sweep.intervalMs * backoff, longest);
    const waker = new AbortController();
    this.#endPause = () => waker.abort();
    // Jitter keeps the processes of an installation from asking in step.
    await sleep(pauseMs * (0.9 + 0.2 * random()), waker.signal);
    this.#endPause = undefined;
  }
}

/** Waits, at most until the signal aborts. */
async function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
