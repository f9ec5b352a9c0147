import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateLimitedEndpoint, RateLimiter, RateSlotRequest } from '@greenroom/sdk';
import type { Clock } from '../../db/clock.ts';
import type { Database } from '../../db/database.ts';
import type { Log } from '../../logging/log.ts';
import { outcomeOf } from './circuit-rules.ts';
import type { Circuits } from './circuits.ts';
import { SlotNotFree } from './not-now.ts';
import { SLOW_CALL_MS } from './rate-window.ts';
import { takeSlot, type Window } from './slot-queries.ts';
import { UsedSlot } from './used-slot.ts';

/** Hears of each call that had a slot, and what became of it. */
export type OnCall = (
  endpoint: RateLimitedEndpoint,
  outcome: 'ok' | 'refused' | 'away' | 'unsent',
) => void;

/** The windows that a call counts in. */
interface CallWindows {
  /** TikTok's. */
  readonly window: Window;
  /** The part of it that is for calls of this kind; left out: all. */
  readonly share?: Window | undefined;
}

/** What a limiter works with. */
export interface LedgerLimiterOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly circuits: Circuits;
  readonly log: Pick<Log, 'warn'>;
  readonly onCall: OnCall;
  readonly accountId: string;
  /** Finds the windows that a call counts in. */
  readonly findWindows: (endpoint: RateLimitedEndpoint) => Promise<CallWindows>;
  /** How long a call waits for its slot; further ones throw. */
  readonly patienceMs: number;
}

// So that a clock which is moved in a test ends the waiting.
const LOOK_EVERY_MS = 100;

/** Takes the slots of one account from the ledger: exact, however many processes there are. */
export class LedgerLimiter implements RateLimiter {
  readonly #options: LedgerLimiterOptions;
  readonly #used = new WeakMap<RateSlotRequest, UsedSlot>();

  constructor(options: LedgerLimiterOptions) {
    this.#options = options;
  }

  /**
   * Takes a slot for a call.
   *
   * @throws {SlotNotFree} If none is free within the patience.
   * @throws {CircuitOpen} If TikTok, or the account, is left alone for a while.
   */
  async acquire(request: RateSlotRequest): Promise<void> {
    const { accountId, circuits, database, findWindows, log } = this.#options;
    // Before a slot is spent; whoever has one may be the call that tries whether TikTok is back.
    await circuits.require(accountId);
    const { share, window } = await findWindows(request.endpoint);
    if (share !== undefined) await this.#take(share, request.signal);
    const takenAt = await this.#take(window, request.signal);
    await circuits.admit(accountId);
    this.#used.set(
      request,
      new UsedSlot({ database, log, window, takenAt, afterMs: SLOW_CALL_MS }),
    );
  }

  /** Hears that the call is over, and how it ended. */
  ended(request: RateSlotRequest, error?: unknown): void {
    const { accountId, circuits, onCall } = this.#options;
    this.#used.get(request)?.end();
    this.#used.delete(request);
    circuits.report(accountId, error);
    const outcome = outcomeOf(error);
    const isRefusal = outcome === 'ok' && error !== undefined;
    onCall(request.endpoint, isRefusal ? 'refused' : (outcome ?? 'unsent'));
  }

  /** Nothing: the ledger knows, not this process. */
  state(): readonly [] {
    return [];
  }

  async #take(window: Window, signal: AbortSignal | undefined): Promise<Date> {
    const { database, patienceMs } = this.#options;
    for (let patience = patienceMs; ; ) {
      signal?.throwIfAborted();
      // Before the question, so that a clock which is moved while it is answered is not missed.
      const asked = this.#readClocks();
      const answer = await takeSlot(database, window);
      if (answer.takenAt !== null) return answer.takenAt;
      if (answer.freeInMs > patience) {
        throw new SlotNotFree(window.endpoint, answer.freeAt, answer.freeInMs);
      }
      patience -= answer.freeInMs;
      await this.#pass(answer.freeInMs, asked, signal);
    }
  }

  /** Waits until our clock has gone on that far; a clock that stands still or is set back ends by the machine's. */
  async #pass(ms: number, begin: Clocks, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const present = this.#readClocks();
      const passed = Math.max(present.ours - begin.ours, present.machine - begin.machine);
      if (passed >= ms) return;
      await sleep(Math.min(LOOK_EVERY_MS, ms - passed), undefined, { signal });
    }
  }

  #readClocks(): Clocks {
    return { ours: this.#options.clock.now().getTime(), machine: performance.now() };
  }
}

/** A moment by both clocks, in milliseconds. */
interface Clocks {
  /** The one that tests move. */
  readonly ours: number;
  readonly machine: number;
}
