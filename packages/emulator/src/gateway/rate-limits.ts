import { SlidingWindow, WINDOW_MS } from './sliding-window.ts';

/** Endpoints whose rate TikTok limits, with requests a minute and what they are counted by. */
export const rateLimits = {
  'creator_info/query': { perMinute: 20, per: 'token' },
  'video/init': { perMinute: 6, per: 'token' },
  'inbox/video/init': { perMinute: 6, per: 'token' },
  'content/init': { perMinute: 6, per: 'token' },
  'status/fetch': { perMinute: 30, per: 'token' },
  'user/info': { perMinute: 600, per: 'app' },
  'video/list': { perMinute: 600, per: 'app' },
  'video/query': { perMinute: 600, per: 'app' },
} as const;

/** An endpoint whose rate TikTok limits. */
export type LimitedEndpoint = keyof typeof rateLimits;

/** Windows before those that are a minute old are looked for. */
const SWEEP_EVERY = 4096;

/** A sliding minute for each token (or app) and endpoint. */
export class RateLimits {
  #windows = new Map<string, { window: SlidingWindow; lastUsed: number }>();
  #sinceSweep = 0;

  /**
   * Counts a request, if there is room.
   *
   * @param owner - The access token or client key that the limit belongs to.
   * @returns 0 when it was counted, else the milliseconds until there is room.
   */
  take(endpoint: LimitedEndpoint, owner: string, now: number): number {
    const key = `${endpoint} ${owner}`;
    let entry = this.#windows.get(key);
    if (entry === undefined) {
      this.#sweep(now);
      entry = { window: new SlidingWindow(), lastUsed: now };
      this.#windows.set(key, entry);
    }
    entry.lastUsed = now;
    return entry.window.take(now, rateLimits[endpoint].perMinute);
  }

  /** What a snapshot keeps. */
  save(now: number): [key: string, times: readonly number[]][] {
    return [...this.#windows].map(([key, { window }]) => [key, window.times(now)]);
  }

  /** Goes back to what a snapshot kept. */
  load(saved: readonly [key: string, times: readonly number[]][]): void {
    this.#windows = new Map(
      saved.map(([key, times]) => [
        key,
        { window: new SlidingWindow(times), lastUsed: times.at(-1) ?? 0 },
      ]),
    );
  }

  #sweep(now: number): void {
    this.#sinceSweep += 1;
    if (this.#sinceSweep < SWEEP_EVERY) return;
    this.#sinceSweep = 0;
    for (const [key, { lastUsed }] of this.#windows) {
      if (lastUsed <= now - WINDOW_MS) this.#windows.delete(key);
    }
  }
}
