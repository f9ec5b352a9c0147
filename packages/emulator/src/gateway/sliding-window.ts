/** Length of TikTok's rate-limit window. */
export const WINDOW_MS = 60_000;

/**
 * The requests of the last minute. One that is refused does not count, and one made exactly a
 * minute ago does not count any more.
 */
export class SlidingWindow {
  #times: number[];
  #start = 0;

  /** @param times - Instants of earlier requests, oldest first. */
  constructor(times: readonly number[] = []) {
    this.#times = [...times];
  }

  /**
   * Counts a request, if there is room.
   *
   * @returns 0 when it was counted, else the milliseconds until there is room.
   */
  take(now: number, limit: number): number {
    this.#forget(now);
    const used = this.#times.length - this.#start;
    const blocker = this.#times[this.#times.length - limit];
    if (used >= limit && blocker !== undefined) return blocker + WINDOW_MS - now;
    this.#times.push(now);
    return 0;
  }

  /** Instants that still count, oldest first. */
  times(now: number): readonly number[] {
    this.#forget(now);
    return this.#times.slice(this.#start);
  }

  #forget(now: number): void {
    while ((this.#times[this.#start] ?? Number.POSITIVE_INFINITY) <= now - WINDOW_MS) {
      this.#start += 1;
    }
    if (this.#start > 32 && this.#start > this.#times.length / 2) {
      this.#times = this.#times.slice(this.#start);
      this.#start = 0;
    }
  }
}
