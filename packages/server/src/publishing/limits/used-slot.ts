import type { Database } from '../../db/database.ts';
import type { Log } from '../../logging/log.ts';
import { moveSlot, type Window } from './slot-queries.ts';

/** What a used slot is made of. */
export interface UsedSlotOptions {
  readonly database: Database;
  readonly log: Pick<Log, 'warn'>;
  readonly window: Window;
  readonly takenAt: Date;
  /** How long a call may take before its slot moves along with it. */
  readonly afterMs: number;
}

/** No call takes longer: the SDK's own deadlines are far below. */
const MOST_MOVES = 200;

/**
 * The slot of a call that is under way.
 *
 * TikTok counts a call from when it receives it, which is somewhere between our sending and its answer. A quick answer
 * leaves no room for doubt; the slot of a slow call moves along with it, so that it counts from its end, or from just
 * before its process was killed. A quick call costs no statement for that.
 */
export class UsedSlot {
  readonly #options: UsedSlotOptions;
  readonly #timer: NodeJS.Timeout;
  #takenAt: Date;
  #moving: Promise<void> = Promise.resolve();
  #moves = 0;

  constructor(options: UsedSlotOptions) {
    this.#options = options;
    this.#takenAt = options.takenAt;
    this.#timer = setInterval(() => this.#move(), options.afterMs);
    this.#timer.unref();
  }

  /** Ends the call. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#moves > 0) this.#move();
  }

  #move(): void {
    this.#moves += 1;
    // Whoever forgets to end it must not hold the slot for ever.
    if (this.#moves > MOST_MOVES) clearInterval(this.#timer);
    this.#moving = this.#moving.then(async () => {
      const { database, log, window } = this.#options;
      try {
        this.#takenAt = await moveSlot(database, window, this.#takenAt);
      } catch (error) {
        // It counts a little early then; TikTok's 429 would be waited for like any other.
        log.warn({ err: error, endpoint: window.endpoint }, 'A slow call was not counted as such');
      }
    });
  }
}
