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
  /** Waits until one call may be made, and counts it. Rejects only when the signal is aborted. */
  acquire(request: RateSlotRequest): Promise<void>;
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

interface Waiter {
  readonly grant: () => void;
  readonly fail: (error: unknown) => void;
}

interface Bucket {
  readonly key: string;
  readonly endpoint: RateLimitedEndpoint;
  readonly limit: number;
  /** When the slots of the window were given, in milliseconds, oldest first. */
  grants: number[];
  readonly waiters: Waiter[];
  /** Ends the wait of the loop that serves the waiters; there only while it runs. */
  serving: AbortController | undefined;
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
  #sweepAtSize = 64;

  constructor(options: SlidingWindowLimiterOptions = {}) {
    this.#limits = { ...TIKTOK_RATE_LIMITS, ...options.limits };
    this.#windowMs = options.windowMs ?? 61_000;
    this.#clock = options.clock ?? systemClock;
    this.#sleep = options.sleep ?? abortableSleep;
    for (const [endpoint, limit] of Object.entries(this.#limits)) {
      if (!(limit >= 1)) throw new RangeError(`The limit of ${endpoint} must be at least 1`);
    }
  }

  acquire({ key, endpoint, signal }: RateSlotRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const bucket = this.#bucket(key, endpoint);
      const onAbort = () => {
        bucket.waiters.splice(bucket.waiters.indexOf(waiter), 1);
        if (bucket.waiters.length === 0) bucket.serving?.abort();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        fail: reject,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      bucket.waiters.push(waiter);
      this.#grantFree(bucket);
      if (bucket.waiters.length > 0 && bucket.serving === undefined) void this.#serve(bucket);
    });
  }

  state(): readonly RateLimitState[] {
    this.#forgetIdle();
    return Array.from(this.#buckets.values(), (bucket) => {
      const { key, endpoint, limit, grants, waiters } = bucket;
      const freeInMs = this.#freeInMs(bucket);
      const freeAt = freeInMs > 0 ? new Date(this.#now() + freeInMs) : undefined;
      return { key, endpoint, limit, used: grants.length, waiting: waiters.length, freeAt };
    });
  }

  #bucket(key: string, endpoint: RateLimitedEndpoint): Bucket {
    const id = `${endpoint} ${key}`;
    const known = this.#buckets.get(id);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#sweepAtSize) {
      this.#forgetIdle();
      // Doubling keeps the sweeps cheap however many accounts there are.
      this.#sweepAtSize = Math.max(64, 2 * this.#buckets.size);
    }
    const limit = this.#limits[endpoint];
    const bucket: Bucket = { key, endpoint, limit, grants: [], waiters: [], serving: undefined };
    this.#buckets.set(id, bucket);
    return bucket;
  }

  /** Serves the waiters of a bucket until none is left; there is one such loop a bucket. */
  async #serve(bucket: Bucket): Promise<void> {
    while (bucket.waiters.length > 0) {
      bucket.serving = new AbortController();
      const { signal } = bucket.serving;
      try {
        await this.#sleep(Math.max(1, this.#freeInMs(bucket)), signal);
      } catch (error) {
        // Aborted: all who waited gave up, and whoever came since is served in the next round.
        // Anything else is a broken sleep, which must not become a busy loop.
        if (!signal.aborted) for (const waiter of bucket.waiters.splice(0)) waiter.fail(error);
      }
      this.#grantFree(bucket);
    }
    bucket.serving = undefined;
  }

  #grantFree(bucket: Bucket): void {
    this.#expire(bucket);
    while (bucket.grants.length < bucket.limit) {
      const waiter = bucket.waiters.shift();
      if (waiter === undefined) return;
      bucket.grants.push(this.#now());
      waiter.grant();
    }
  }

  #freeInMs(bucket: Bucket): number {
    const oldest = bucket.grants[0];
    if (oldest === undefined || bucket.grants.length < bucket.limit) return 0;
    return oldest + this.#windowMs - this.#now();
  }

  #expire(bucket: Bucket): void {
    const now = this.#now();
    // A clock that was set back would make slots of the future, which never end.
    bucket.grants = bucket.grants
      .map((instant) => Math.min(instant, now))
      .filter((instant) => instant + this.#windowMs > now);
  }

  #forgetIdle(): void {
    for (const [id, bucket] of this.#buckets) {
      this.#expire(bucket);
      if (bucket.grants.length === 0 && bucket.waiters.length === 0) this.#buckets.delete(id);
    }
  }

  #now(): number {
    return this.#clock().getTime();
  }
}
