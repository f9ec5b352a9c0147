import { inWorkspace } from '../../db/database.ts';
import { DatabaseUnavailableError } from '../../db/errors.ts';
import { AccountUnavailableError, refreshDelayed } from './account-unavailable.ts';
import type { BrokerContext } from './broker-context.ts';
import { persist } from './persist.ts';
import { delayUnbegun, runRefresh } from './refresh-run.ts';
import {
  type Beginning,
  type BegunRefresh,
  beginRefresh,
  type RefreshRight,
} from './refresh-store.ts';
import type { TokenUse } from './token-use.ts';

/** How a caller waits for a refresh. */
export interface RenewOptions {
  /** Ends the caller's waiting; the refresh goes on for the others. */
  readonly signal?: AbortSignal | undefined;
  /** Whether a back-off that runs is passed over, for a person's wish. */
  readonly isForced?: boolean;
}

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 250;

/**
 * Renews the tokens of accounts, one refresh of an account at a time across all processes.
 *
 * A refresh token is good for one use, and its answer is the only copy of the next one. So each step is
 * committed before the next begins, and whatever dies between two steps leaves a row that says so:
 *
 * ```text
 *           lease free, or its owner dead                    request sent
 *   idle ───────────────────────────────────▶ begun ──────────────────────────▶ asked
 *    ▲      commit: lease_owner, is_unclear     │                                 │
 *    │                                          │ killed: the next one takes      │
 *    │                                          │ the lease over, and asks with   │
 *    │                                          ▼ the old token: is_unclear       │
 *    ├── stored: pair, new generation, lease and doubt gone ◀─── a new pair ──────┤
 *    ├── delayed: due later, lease gone; doubt stays ◀─── no clear answer, twice ─┤
 *    ├── delayed: due later, lease and new doubt gone ◀─── refused for now ───────┤
 *    └── reconnect_needed: never due ◀─── invalid_grant, and the generation is the same
 * ```
 *
 * - The lease keeps processes from asking at once. Its owner lives as long as it holds a session
 *   advisory lock on the number that the lease names; no clock is asked.
 * - The generation, not the lease, guards what is written: a pair from TikTok is stored even if others
 *   took the lease meanwhile, and never over a later login or into a disconnected account.
 * - `is_unclear` is committed before the request, because nobody can after a kill. It only chooses the
 *   words: `invalid_grant` then means that an answer was lost, not that the creator took access away.
 * - A pair that cannot be stored is kept in memory and tried again for as long as the process lives,
 *   unless the database refuses the pair itself.
 * - A lease of ours that no flight of this process holds is a leftover: the next sweep, or the next who
 *   asks, takes it up.
 * - Within a process the callers of one account share one promise.
 */
export class Refresher {
  readonly #context: BrokerContext;
  readonly #flights = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(context: BrokerContext) {
    this.#context = context;
  }

  /**
   * Waits until the account has another pair than the one of this generation; asks TikTok for it unless
   * somebody else does.
   *
   * @throws {AccountUnavailableError} If there is none, for now or for good.
   */
  async renew(use: TokenUse, generation: number, options: RenewOptions = {}): Promise<void> {
    const { signal, isForced = false } = options;
    signal?.throwIfAborted();
    const right: RefreshRight = { kind: 'seen', generation, isForced };
    const flight = this.#flights.get(use.accountId) ?? this.#start(use, right);
    await this.#waitFor(flight, use.accountId, signal);
  }

  /**
   * Renews an account that the sweep has leased; does nothing if somebody else has done it by now.
   *
   * What keeps it from being begun, such as an app that is gone, delays it like any failure, so that no
   * lease is kept. A pair that cannot be stored now goes on without the sweep after a while.
   *
   * @throws {AccountUnavailableError} If there is no new pair, for now or for good.
   */
  async renewLeased(use: TokenUse, leaseOwner: number): Promise<void> {
    try {
      const flight = this.#flights.get(use.accountId) ?? this.#start(use, { kind: 'lease' });
      await this.#waitFor(flight, use.accountId, undefined);
    } catch (cause) {
      const isTold = cause instanceof AccountUnavailableError;
      if (isTold || cause instanceof DatabaseUnavailableError) throw cause;
      throw await delayUnbegun(this.#context, use, leaseOwner, {
        cause,
        closing: this.#closing.signal,
      });
    }
  }

  /** The accounts whose refreshes are under way here. */
  get busy(): string[] {
    return [...this.#flights.keys()];
  }

  /** Waits for the refreshes under way; pairs that cannot be stored are given up after the grace. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), this.#context.closeGraceMs);
    await Promise.allSettled(this.#flights.values());
    clearTimeout(timer);
  }

  #start(use: TokenUse, right: RefreshRight): Promise<void> {
    const flight = this.#fly(use, right).finally(() => this.#flights.delete(use.accountId));
    this.#flights.set(use.accountId, flight);
    return flight;
  }

  async #fly(use: TokenUse, wished: RefreshRight): Promise<void> {
    const { sleep, waitMs } = this.#context;
    const giveUpAt = performance.now() + waitMs;
    let right = wished;
    for (let delayMs = FIRST_WAIT_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_WAIT_MS)) {
      const startedAt = performance.now();
      const beginning = await this.#begin(use, right);
      switch (beginning.kind) {
        case 'begun':
          return this.#run(use, beginning, startedAt);
        case 'moved':
          return;
        case 'delayed':
          throw refreshDelayed(use.accountId, beginning);
        case 'leased':
          if (performance.now() >= giveUpAt) {
            throw refreshDelayed(use.accountId, { code: 'refresh_running' });
          }
          // The one who is at it now answers a person's wish as well: if it fails, so does the wish.
          if (right.kind === 'seen') right = { ...right, isForced: false };
          await sleep(delayMs, this.#closing.signal);
      }
    }
  }

  async #begin(use: TokenUse, right: RefreshRight): Promise<Beginning> {
    const { database, log } = this.#context;
    const begin = () =>
      inWorkspace(database, use.workspaceId, (tx) => beginRefresh(tx, this.#context, use, right));
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || !error.isUnclear) throw error;
      // The lease may be ours by now, and no other process can tell. Beginning again finds out.
      const { accountId } = use;
      return persist(begin, { accountId, log, closing: this.#closing.signal });
    }
  }

  async #run(use: TokenUse, begun: BegunRefresh, startedAt: number): Promise<void> {
    const { metrics } = this.#context;
    const ended = await runRefresh(this.#context, use, begun, this.#closing.signal);
    const seconds = (performance.now() - startedAt) / 1000;
    const { outcome, failure } = ended;
    metrics.refreshEnded({ outcome, seconds, ageSeconds: begun.ageSeconds });
    if (failure !== undefined) throw failure;
  }

  /** Waits for what is everyone's, but not for ever: a pair may wait for its database for hours. */
  async #waitFor(
    flight: Promise<void>,
    accountId: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const deadline = AbortSignal.timeout(this.#context.waitMs);
    const ended = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const given = Promise.withResolvers<never>();
    const onAbort = () =>
      given.reject(
        signal?.aborted === true
          ? signal.reason
          : refreshDelayed(accountId, { code: 'refresh_running' }),
      );
    ended.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([flight, given.promise]);
    } finally {
      ended.removeEventListener('abort', onAbort);
    }
  }
}
