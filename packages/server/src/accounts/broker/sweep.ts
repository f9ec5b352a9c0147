import { sql } from 'kysely';
import type { Actor } from '../../activity/record.ts';
import { inInstallation } from '../../db/database.ts';
import { DatabaseUnavailableError } from '../../db/errors.ts';
import { AccountUnavailableError } from './account-unavailable.ts';
import type { BrokerContext } from './broker-context.ts';
import type { Refresher } from './refresher.ts';
import type { TokenOwner } from './token-store.ts';

/** How far a sweep goes. */
export interface SweepOptions {
  /** Accounts that it takes at most; all that are due by default. */
  readonly limit?: number | undefined;
  /** Ends it: refreshes under way are finished, leases not begun are handed back. */
  readonly signal?: AbortSignal | undefined;
  /** Refreshes at a time; 16 by default. */
  readonly concurrency?: number | undefined;
}

/** What a sweep did, in accounts. */
export interface SweepReport {
  /** Leased, because they were due. */
  readonly claimed: number;
  /** Have a new pair now, mostly by this sweep. */
  readonly refreshed: number;
  /** Failed, and will be tried again. */
  readonly delayed: number;
  /** Need the creator's consent. */
  readonly refused: number;
  /** Handed back, because the sweep was ended. */
  readonly released: number;
}

const SWEEP: Actor = { kind: 'system', id: 'token_sweep' };

// Leases are taken in portions, each as short as the workers need to be kept busy: who is killed
// leaves few behind, and other processes find accounts to work on.
const PORTION_PER_WORKER = 2;

/**
 * Renews the accounts that are due, the longest due first, until none is left.
 *
 * Any number of processes may sweep at once. Who failed is due later, so that nobody keeps others waiting.
 */
export async function sweep(
  context: BrokerContext,
  refresher: Refresher,
  options: SweepOptions = {},
): Promise<SweepReport> {
  const { concurrency = 16 } = options;
  const claims = new Claims(context, refresher, options, concurrency * PORTION_PER_WORKER);
  const counts = { refreshed: 0, delayed: 0, refused: 0 };
  const work = async () => {
    for (let claim = await claims.next(); claim !== undefined; claim = await claims.next()) {
      counts[await claims.work(claim, () => renew(refresher, claim))] += 1;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, work));
  const released = await claims.handBack();
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  return { claimed: claims.count, ...counts, released };
}

interface Claim extends TokenOwner {
  readonly leaseOwner: number;
}

async function renew(
  refresher: Refresher,
  { leaseOwner, ...owner }: Claim,
): Promise<'refreshed' | 'delayed' | 'refused'> {
  try {
    await refresher.renewLeased({ ...owner, actor: SWEEP, reason: 'due' }, leaseOwner);
    return 'refreshed';
  } catch (error) {
    if (!(error instanceof AccountUnavailableError)) throw error;
    return error.isRetryable ? 'delayed' : 'refused';
  }
}

/** Accounts that are leased to this process, portion by portion. */
class Claims {
  /** How many there were so far. */
  count = 0;
  readonly #context: BrokerContext;
  readonly #refresher: Refresher;
  readonly #options: SweepOptions;
  readonly #portion: number;
  /** Accounts that are waiting or worked on, or that nothing could be done with. */
  readonly #held = new Set<string>();
  #waiting: Claim[] = [];
  #isExhausted = false;
  #claiming: Promise<void> | undefined;

  constructor(
    context: BrokerContext,
    refresher: Refresher,
    options: SweepOptions,
    portion: number,
  ) {
    this.#context = context;
    this.#refresher = refresher;
    this.#options = options;
    this.#portion = portion;
  }

  /** The next account; none when no more are due, the limit is reached or the sweep was ended. */
  async next(): Promise<Claim | undefined> {
    for (;;) {
      if (this.#options.signal?.aborted === true) return undefined;
      const claim = this.#waiting.shift();
      if (claim !== undefined || this.#isExhausted) return claim;
      this.#claiming ??= this.#claim().finally(() => {
        this.#claiming = undefined;
      });
      await this.#claiming;
    }
  }

  /**
   * Does the work on a claim. One account's trouble is not that of the others: what nobody expected is
   * logged, and this sweep does not take the account again.
   */
  async work<T>(claim: Claim, work: () => Promise<T>): Promise<T | 'delayed'> {
    try {
      const result = await work();
      this.#held.delete(claim.accountId);
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw error;
      const facts = { err: error, account_id: claim.accountId };
      this.#context.log.error(facts, 'The sweep could not deal with an account.');
      return 'delayed';
    }
  }

  /** Frees the leases that nobody has begun to work on. */
  async handBack(): Promise<number> {
    const left = this.#waiting.splice(0);
    const [first] = left;
    if (first === undefined) return 0;
    const accountIds = left.map(({ accountId }) => accountId);
    const { rows } = await sql`
      select account_id from release_refreshes(${first.leaseOwner}, ${accountIds}::uuid[])`.execute(
      this.#context.database.kysely,
    );
    return rows.length;
  }

  async #claim(): Promise<void> {
    const { limit = Number.POSITIVE_INFINITY } = this.#options;
    const most = Math.min(this.#portion, limit - this.count);
    const busy = [...this.#held, ...this.#refresher.busy];
    const claimed = most > 0 ? await claimDue(this.#context, most, busy) : [];
    this.count += claimed.length;
    for (const { accountId } of claimed) this.#held.add(accountId);
    this.#waiting.push(...claimed);
    this.#isExhausted = claimed.length === 0;
  }
}

/** Leases accounts that are due to this process, in whatever workspace they are. */
async function claimDue(
  context: BrokerContext,
  most: number,
  busy: readonly string[],
): Promise<Claim[]> {
  const leaseOwner = context.presence.number;
  const { rows } = await inInstallation(context.database, (tx) =>
    sql<{ readonly account_id: string; readonly workspace_id: string }>`
      select account_id, workspace_id from claim_due_refreshes(${leaseOwner}, ${most}, ${busy}::uuid[])`.execute(
      tx,
    ),
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    leaseOwner,
  }));
}
