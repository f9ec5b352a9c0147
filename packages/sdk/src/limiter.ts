import { orAborted } from './abort.ts';
import { abortableSleep, type Clock, type Sleep, systemClock } from './clock.ts';

/** An endpoint of TikTok's that a limiter counts, by the last parts of its path. */
export type RateLimitedEndpoint =
  | 'cancel'
  | 'content/init'
  | 'creator_info/query'
  | 'inbox/video/init'
  | 'status/fetch'
  | 'user/info'
  | 'video/init'
  | 'video/list'
  | 'video/query';

/** A request for one slot of a limiter. */
export interface RateSlotRequest {
  /** Whose limit it is: a hash of the access token, or the caller's own name for the account. */
  readonly key: string;
  /** What is about to be called. */
  readonly endpoint: RateLimitedEndpoint;
  /** Gives the place in the queue back. */
  readonly signal?: AbortSignal | undefined;
}

/** How far the limit of one key and endpoint is used. */
export interface RateLimitState {
  /** The key as it was asked with; never a token unless the caller made it one. */
  readonly key: string;
  /** The endpoint that is counted. */
  readonly endpoint: RateLimitedEndpoint;
  /** Most slots within the window. */
  readonly limit: number;
  /** Slots given within the window that ends now. */
  readonly used: number;
  /** Calls that wait for a slot. */
  readonly waiting: number;
  /** When the next slot is free; `undefined` if one is. */
  readonly freeAt: Date | undefined;
}

/**
 * Keeps calls within TikTok's rate limits. Replace it where several processes share a token.
 *
 * @example
 * ```ts
 * import { type RateLimiter, TikTokClient } from '@greenroom/sdk';
 *
 * const unlimited: RateLimiter = { acquire: async () => {}, state: () => [] };
 * const client = new TikTokClient({ accessToken: 'act.example', limiter: unlimited });
 * ```
 */
export interface RateLimiter {
  /**
   * Waits until one call may be made, and counts it. What it rejects with is what the call throws,
   * and nothing is sent; the limiters of the SDK reject only when the signal is aborted.
   */
  acquire(request: RateSlotRequest): Promise<void>;
  /**
   * Hears that the call of a slot is over: it was answered, or given up with this error. TikTok has
   * received it by then, however slow it was. The request is the very object that `acquire` had.
   */
  ended?(request: RateSlotRequest, error?: unknown): void;
  /** Shows what is used, for each key and endpoint that is. */
  state(): readonly RateLimitState[];
}

/**
 * TikTok's limits a minute, for each user access token. `cancel` has none that is documented; the
 * SDK keeps it to that of `status/fetch`.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-rate-limit}
 */
export const TIKTOK_RATE_LIMITS: Readonly<Record<RateLimitedEndpoint, number>> = {
  cancel: 30,
  'content/init': 6,
  'creator_info/query': 20,
  'inbox/video/init': 6,
  'status/fetch': 30,
  'user/info': 600,
  'video/init': 6,
  'video/list': 600,
  'video/query': 600,
};

/** Options of {@link SlidingWindowLimiter}. */
export interface SlidingWindowLimiterOptions {
  /** Slots within a window, for the endpoints where they differ from {@link TIKTOK_RATE_LIMITS}. */
  readonly limits?: Partial<Record<RateLimitedEndpoint, number>> | undefined;
  /**
   * Length of the window in milliseconds; 61,000 by default. TikTok counts a minute from when it
   * receives a request, which is a little after the slot was given: the second is the margin.
   */
  readonly windowMs?: number | undefined;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
  /** Waits; the host's timers by default. */
  readonly sleep?: Sleep | undefined;
}

interface Bucket {
  readonly key: string;
  readonly endpoint: RateLimitedEndpoint;
  readonly limit: number;
  /** When the slots of the window were given, in milliseconds, oldest first. */
  grants: number[];
  waiting: number;
  /** Done when all who wait have their slots, or have given up. */
  queue: Promise<unknown>;
}

/**
 * Keeps each key and endpoint within a number of calls in any minute, in memory. Calls wait in the
 * order in which they came and never fail; share one limiter among the clients of an account.
 *
 * @example
 * ```ts
 * import { SlidingWindowLimiter, TikTokClient } from '@greenroom/sdk';
 *
 * const limiter = new SlidingWindowLimiter();
 * const client = new TikTokClient({ accessToken: 'act.example', limiter });
 * console.table(limiter.state());
 * ```
 */
export class SlidingWindowLimiter implements RateLimiter {
  readonly #limits: Readonly<Record<RateLimitedEndpoint, number>>;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #buckets = new Map<string, Bucket>();
  #tidiedAt = 0;

  constructor(options: SlidingWindowLimiterOptions = {}) {
    this.#limits = { ...TIKTOK_RATE_LIMITS, ...options.limits };
    this.#windowMs = options.windowMs ?? 61_000;
    this.#clock = options.clock ?? systemClock;
    this.#sleep = options.sleep ?? abortableSleep;
    if (Object.values(this.#limits).some((limit) => !(limit >= 1))) {
      throw new RangeError('A limit must be at least 1');
    }
  }

  /** Waits until one call may be made, and counts it. Rejects only when the signal is aborted. */
  async acquire({ key, endpoint, signal }: RateSlotRequest): Promise<void> {
    signal?.throwIfAborted();
    const bucket = this.#bucket(key, endpoint);
    const before = bucket.queue;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Who gives up early must not let those behind overtake those before.
    bucket.queue = left.then(() => before);
    bucket.waiting += 1;
    try {
      await orAborted(before, signal);
      const freeInMs = this.#freeInMs(bucket);
      // Once: what was slept counts, whatever the clock says, which may stand still or be set back.
      if (freeInMs > 0) await this.#sleep(freeInMs, signal);
      bucket.grants = [...bucket.grants, this.#now()].slice(-bucket.limit);
    } finally {
      bucket.waiting -= 1;
      leave();
    }
  }

  /** Shows what is used, for each key and endpoint that was used within the window. */
  state(): readonly RateLimitState[] {
    this.#forgetIdle();
    return Array.from(this.#buckets.values(), (bucket) => {
      const { key, endpoint, limit, waiting } = bucket;
      const freeInMs = this.#freeInMs(bucket);
      const freeAt = freeInMs > 0 ? new Date(this.#now() + freeInMs) : undefined;
      return { key, endpoint, limit, used: bucket.grants.length, waiting, freeAt };
    });
  }

  #bucket(key: string, endpoint: RateLimitedEndpoint): Bucket {
    const id = `${endpoint} ${key}`;
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      if (Math.abs(this.#now() - this.#tidiedAt) >= this.#windowMs) this.#forgetIdle();
      const limit = this.#limits[endpoint];
      bucket = { key, endpoint, limit, grants: [], waiting: 0, queue: Promise.resolve() };
      this.#buckets.set(id, bucket);
    }
    return bucket;
  }

  /** Drops the slots that the window has left behind, and tells when the next one is free. */
  #freeInMs(bucket: Bucket): number {
    const now = this.#now();
    // A clock that was set back would make slots of the future, which never end.
    bucket.grants = bucket.grants
      .map((instant) => Math.min(instant, now))
      .filter((instant) => instant + this.#windowMs > now);
    const oldest = bucket.grants.at(-bucket.limit);
    return oldest === undefined ? 0 : oldest + this.#windowMs - now;
  }

  #forgetIdle(): void {
    this.#tidiedAt = this.#now();
    for (const [id, bucket] of this.#buckets) {
      this.#freeInMs(bucket);
      if (bucket.grants.length === 0 && bucket.waiting === 0) this.#buckets.delete(id);
    }
  }

  #now(): number {
    return this.#clock().getTime();
  }
}
