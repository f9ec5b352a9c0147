import { CAP_WINDOW_MS, type CapRoom, roomOf } from './caps.ts';
import type { AppState } from './forecast-state.ts';

/** The users of an app within a day, as a forecast plays on. */
export class ForecastApp {
  readonly #app: AppState;
  /** Users by their last post, oldest first, and the moments of those. */
  readonly #keys: string[];
  readonly #moments: number[];
  readonly #last: Map<string, number>;

  constructor(app: AppState) {
    this.#app = app;
    this.#keys = app.users.map(({ key }) => key);
    this.#moments = app.users.map(({ at }) => at);
    this.#last = new Map(app.users.map(({ key, at }) => [key, at]));
  }

  /** When the app may post for this account, from `present` on: at once for one of its users. */
  roomFor(accountId: string, present: number): CapRoom {
    const last = this.#last.get(accountId) ?? Number.NEGATIVE_INFINITY;
    if (!this.#isCapped() || last > present - CAP_WINDOW_MS) {
      return { freeAt: present, isLearned: false };
    }
    const { learned, mostUsers } = this.#app;
    return roomOf({ cap: 'users', most: mostUsers, uses: this.#moments, learned }, present);
  }

  /** Counts a post for an account. Moments never go back. */
  use(accountId: string, at: number): void {
    // Where nothing is capped nobody asks.
    if (!this.#isCapped()) return;
    const before = this.#last.has(accountId) ? this.#keys.indexOf(accountId) : -1;
    if (before >= 0) {
      this.#keys.splice(before, 1);
      this.#moments.splice(before, 1);
    }
    this.#keys.push(accountId);
    this.#moments.push(at);
    this.#last.set(accountId, at);
  }

  #isCapped(): boolean {
    return this.#app.mostUsers !== undefined || this.#app.learned !== undefined;
  }
}
