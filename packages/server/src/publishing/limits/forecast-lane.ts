import type { InitEndpoint } from '../attempt/init-endpoint.ts';
import { type CapFacts, DOCUMENTED_CAPS } from './caps.ts';
import { EarliestFirst } from './earliest-first.ts';
import type { AccountState, ForecastPost } from './forecast-state.ts';
import type { CreatorCap } from './tables.ts';

/** The next post of a lane, and when it can go out. */
export interface LaneMoment {
  readonly at: number;
  readonly post: ForecastPost;
}

/** Posts of one account under the same limits: what keeps one keeps all of them. */
export class ForecastLane {
  readonly endpoint: InitEndpoint;
  readonly cap: CreatorCap;
  /** May not go out yet, by when they may. */
  readonly #upcoming = new EarliestFirst<ForecastPost>();
  /** May go out, by their place in the queue. */
  readonly #ready = new EarliestFirst<ForecastPost>();
  /** The moment that was found last: the ready ones may go from then on. */
  #at = 0;

  private constructor(endpoint: InitEndpoint, cap: CreatorCap) {
    this.endpoint = endpoint;
    this.cap = cap;
  }

  /** Puts posts into lanes. */
  static sort(posts: readonly ForecastPost[], now: number): ForecastLane[] {
    const lanes = new Map<string, ForecastLane>();
    for (const post of posts) {
      const { cap, endpoint } = post;
      const key = `${endpoint} ${cap}`;
      const lane = lanes.get(key) ?? new ForecastLane(endpoint, cap);
      lanes.set(key, lane);
      lane.#upcoming.push(Math.max(post.wantedAt, post.wait?.until ?? now, now), post);
    }
    return [...lanes.values()];
  }

  get isWaiting(): boolean {
    return this.#ready.size + this.#upcoming.size > 0;
  }

  /** Finds its next post. @param openAt - The first moment, from the given one on, at which the lane is open. */
  next(openAt: (from: number) => number): LaneMoment | undefined {
    const from = this.#ready.size > 0 ? this.#at : this.#upcoming.peek()?.rank;
    if (from === undefined) return undefined;
    const at = openAt(from);
    this.#at = at;
    let next = this.#upcoming.peek();
    while (next !== undefined && next.rank <= at) {
      this.#ready.push(next.item.order, next.item);
      this.#upcoming.pop();
      next = this.#upcoming.peek();
    }
    const post = this.#ready.peek()?.item;
    return post && { at, post };
  }

  /** Takes the next post out: it goes. */
  take(): void {
    this.#ready.pop();
  }

  /** What the lane's cap is judged by, but the places taken. */
  facts({ learned }: AccountState): Omit<CapFacts, 'uses'> {
    return { cap: this.cap, most: DOCUMENTED_CAPS[this.cap], learned: learned[this.cap] };
  }
}
