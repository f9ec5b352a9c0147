import type { Clock, Random, Sleep } from '../clock.ts';

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

/** The longest that a request may take unless told otherwise, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;
