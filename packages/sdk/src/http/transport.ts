import { abortableSleep, type Clock, type Random, type Sleep, systemClock } from '../clock.ts';

/** The part of `fetch` that the SDK uses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Options of everything that talks to TikTok. */
export interface TransportOptions {
  /** Sends the requests; the global `fetch` by default. */
  readonly fetch?: Fetch | undefined;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
  /** Waits between repeats; the host's timers by default. */
  readonly sleep?: Sleep | undefined;
  /** Jitter of the waits; `Math.random` by default. */
  readonly random?: Random | undefined;
  /** Deadline of one request, its answer included, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call, its waits included; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of one request of this call, in milliseconds; the client's by default. */
  readonly timeoutMs?: number | undefined;
}

/** What talks to TikTok works with. */
export interface Transport {
  /** Sends the requests. */
  readonly fetch: Fetch;
  /** Tells the time. */
  readonly clock: Clock;
  /** Waits. */
  readonly sleep: Sleep;
  /** Jitter of the waits. */
  readonly random: Random;
  /** Deadline of one request, in milliseconds. */
  readonly timeoutMs: number;
}

/** Fills in the defaults. */
export function toTransport(options: TransportOptions): Transport {
  return {
    // Not the global itself, which must be called on its own object in some runtimes, and which a
    // test or an instrumentation may replace later.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock: options.clock ?? systemClock,
    sleep: options.sleep ?? abortableSleep,
    random: options.random ?? Math.random,
    timeoutMs: options.timeoutMs ?? 30_000,
  };
}
