import type { RateLimitedEndpoint, RateLimiter } from '@greenroom/sdk';
import type { Clock } from '../../db/clock.ts';
import type { Database, Transaction } from '../../db/database.ts';
import type { Log } from '../../logging/log.ts';
import {
  countRefusals,
  deleteUse,
  type HeldCaps,
  holdCaps,
  insertUse,
  letUseRunOut,
  selectLearned,
  selectUses,
  storeLearned,
  toLearned,
} from './cap-queries.ts';
import {
  type CapFacts,
  capOfRefusal,
  creatorCap,
  DOCUMENTED_CAPS,
  learnFrom,
  mostUsers,
  roomOf,
} from './caps.ts';
import type { Circuits } from './circuits.ts';
import { LedgerLimiter, type OnCall } from './ledger-limiter.ts';
import { type LimitKeys, LimitKeysOfAccounts } from './limit-keys.ts';
import { isCountedByApp, MOST_LOOKS, mostOf, WINDOW_MS } from './rate-window.ts';
import { fillWindow, peekSlot, type Window } from './slot-queries.ts';
import type { Cap } from './tables.ts';

/** What the ledger works with. */
export interface LedgerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly circuits: Circuits;
  readonly log: Pick<Log, 'warn'>;
  /** Hears of each call that had a slot. */
  readonly onCall: OnCall;
}

/** Whose calls, and in which workspace the account is. */
export interface LedgerPlace {
  readonly workspaceId: string;
  readonly accountId: string;
}

/** How a limiter takes slots. */
export interface LimiterOptions {
  /** How long a call waits for its slot; 0 throws at once. */
  readonly patienceMs: number;
  /** Whether a person looks at what a creator may do, which takes no slot that publishing needs. */
  readonly isLook?: boolean | undefined;
}

/** A post that is about to be made. */
export interface CapRequest {
  readonly attemptId: string;
  readonly accountId: string;
  readonly postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
}

/** What asking for a place under the caps gave. */
export type CapAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly cap: Cap;
      /** When there is a place. */
      readonly freeAt: Date;
      /** Whether a refusal of TikTok's taught us so, and not what it documents. */
      readonly isLearned: boolean;
    };

/** What else is known of a refusal. */
export interface RefusalFacts {
  /** The endpoint that refused, of a `rate_limit_exceeded`. */
  readonly endpoint?: RateLimitedEndpoint | undefined;
  /** What TikTok asked for. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Knows what TikTok lets us do: calls a minute, posts a day. It is in the database and exact, however many processes ask.
 *
 * Kept by (app, `open_id`), so it survives a refresh, and an account that moves to another workspace.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #keys: LimitKeysOfAccounts;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#keys = new LimitKeysOfAccounts(options.database);
  }

  /**
   * What an SDK client asks before each call for an account.
   *
   * Its `acquire` throws {@link NotNow} when a slot is further away than `patienceMs`, or TikTok is left alone.
   */
  limiterFor(
    { workspaceId, accountId }: LedgerPlace,
    { patienceMs, isLook = false }: LimiterOptions,
  ): RateLimiter {
    return new LedgerLimiter({
      ...this.#options,
      accountId,
      patienceMs,
      findWindows: async (endpoint) => {
        const window = toWindow(await this.#keys.get(workspaceId, accountId), endpoint);
        return { window, share: isLook ? toLooks(window) : undefined };
      },
    });
  }

  /** When the next call to an endpoint could be made, by the database's clock; a moment that is past: now. */
  async nextFree(tx: Transaction, accountId: string, endpoint: RateLimitedEndpoint): Promise<Date> {
    return peekSlot(tx, toWindow(await this.#keys.getIn(tx, accountId), endpoint));
  }

  /** Takes a place under every cap that the post counts toward, or none; an attempt has one place, however often it asks. */
  async takeCaps(tx: Transaction, request: CapRequest): Promise<CapAnswer> {
    const { attemptId, accountId, postMode } = request;
    const keys = await this.#keys.getIn(tx, accountId);
    const cap = creatorCap(postMode);
    // Sent together, and read one after the other: the second when nobody else may change what it reads.
    const [held, learned] = await Promise.all([
      holdCaps(tx, keys, attemptId, cap),
      learnedOf(tx, keys),
    ]);
    if (held.is_taken) return { ok: true };
    const facts = toFacts(held, cap, learned);
    const present = held.present.getTime();
    const [worst] = facts
      .map((one) => ({ cap: one.cap, ...roomOf(one, present) }))
      .filter(({ freeAt }) => freeAt > present)
      .sort((one, other) => other.freeAt - one.freeAt);
    if (worst !== undefined) return { ok: false, ...worst, freeAt: new Date(worst.freeAt) };
    await insertUse(tx, { attemptId, cap, keys, at: held.present });
    return { ok: true };
  }

  /** Gives the place of an attempt back: TikTok refused or failed it, or its draft was posted or discarded. */
  async giveBackCaps(tx: Transaction, attemptId: string): Promise<void> {
    await deleteUse(tx, attemptId);
  }

  /**
   * Lets the place of an attempt that can never post count for as long as TikTok may count what it has of it: within the
   * hour it gives it up. A fact that says so earlier gives the place back earlier.
   */
  async letCapsRunOut(tx: Transaction, attemptId: string): Promise<void> {
    await letUseRunOut(tx, attemptId);
  }

  /**
   * Learns from a refusal of TikTok's, after the refused attempt has given its place back.
   *
   * @returns The earliest moment at which it makes sense to try again, where there is one.
   */
  async learn(
    tx: Transaction,
    accountId: string,
    code: string,
    { endpoint, retryAfterMs }: RefusalFacts = {},
  ): Promise<Date | null> {
    const keys = await this.#keys.getIn(tx, accountId);
    if (code === 'rate_limit_exceeded') {
      if (endpoint === undefined) return null;
      return fillWindow(
        tx,
        toWindow(keys, endpoint),
        Math.min(retryAfterMs ?? WINDOW_MS, WINDOW_MS),
      );
    }
    const cap = capOfRefusal(code);
    if (cap === undefined) return null;
    const subject = subjectOf(keys, cap);
    const { present, uses } = await selectUses(tx, keys, cap);
    const learned = learnFrom(uses, await countRefusals(tx, subject, cap), present);
    await storeLearned(tx, subject, cap, learned);
    return new Date(learned.notBefore);
  }
}

function toWindow(keys: LimitKeys, endpoint: RateLimitedEndpoint): Window {
  const subject = isCountedByApp(endpoint) ? keys.app : keys.creator;
  return { subject, endpoint, most: mostOf(endpoint), lengthMs: WINDOW_MS };
}

/** The part of a window that looks may take: counted apart, for publishing fills the window too. */
function toLooks(window: Window): Window {
  return { ...window, endpoint: `${window.endpoint} looks`, most: MOST_LOOKS };
}

function subjectOf(keys: LimitKeys, cap: Cap): Buffer {
  return cap === 'users' ? keys.app : keys.creator;
}

async function learnedOf(tx: Transaction, keys: LimitKeys) {
  const rows = await selectLearned(tx, [keys.creator, keys.app]);
  return new Map(rows.map((row) => [row.cap, toLearned(row)]));
}

function toFacts(
  held: HeldCaps,
  cap: 'posts' | 'pending_shares',
  learned: Awaited<ReturnType<typeof learnedOf>>,
): CapFacts[] {
  const uses = held.uses.map((instant) => instant.getTime());
  const own = { cap, most: DOCUMENTED_CAPS[cap], uses, learned: learned.get(cap) };
  if (held.users === null) return [own];
  const most = mostUsers({ isAudited: held.is_audited, dailyUsers: held.daily_users });
  const users = held.users.map((instant) => instant.getTime());
  return [own, { cap: 'users', most, uses: users, learned: learned.get('users') }];
}
