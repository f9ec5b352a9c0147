import type { Random } from '@greenroom/sdk';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import type { StateReason } from '../account-state.ts';
import { accountNotConnected, refreshDelayed } from './account-unavailable.ts';
import { type Asked, askForTokens } from './ask-for-tokens.ts';
import type { BrokerContext } from './broker-context.ts';
import type { RefreshOutcome } from './broker-metrics.ts';
import { isSuperseded, isUnstorable, persist } from './persist.ts';
import {
  type BegunRefresh,
  delayRefresh,
  giveUp,
  readFailures,
  storeRefreshed,
} from './refresh-store.ts';
import { nameRefusal } from './refresh-verdict.ts';
import { revokeUnwanted } from './revoke-unwanted.ts';
import { planRetryMs } from './schedule.ts';
import { toStorableScopes } from './storable.ts';
import { sealPair } from './token-store.ts';
import type { TokenUse } from './token-use.ts';

/** How a refresh ended. */
export interface EndedRefresh {
  /** In a word. */
  readonly outcome: RefreshOutcome;
  /** What callers are told, if there is no new pair. */
  readonly failure?: Error;
}

/** Does a refresh that was begun: asks TikTok and stores what came of it, whatever that is. */
export async function runRefresh(
  context: BrokerContext,
  use: TokenUse,
  begun: BegunRefresh,
  closing: AbortSignal,
): Promise<EndedRefresh> {
  const run = new RefreshRun(context, use, begun, closing);
  context.observe('claimed', use.accountId);
  const asked = await askForTokens(context, use.accountId, begun);
  const ended = await run.settle(asked);
  context.observe(ended.outcome === 'refreshed' ? 'stored' : 'failed', use.accountId);
  return ended;
}

/**
 * Hands back the lease of an account whose refresh could not even be begun, and says when it is tried again.
 *
 * @returns What callers are told.
 */
export async function delayUnbegun(
  context: BrokerContext,
  use: TokenUse,
  leaseOwner: number,
  { cause, closing }: { readonly cause: unknown; readonly closing: AbortSignal },
): Promise<Error> {
  context.log.error({ err: cause, account_id: use.accountId }, 'A refresh could not be begun.');
  return freeLease(context, use, leaseOwner, { cause, closing });
}

/** Hands a lease back after what should not happen; the account is tried again with back-off. */
async function freeLease(
  context: BrokerContext,
  use: TokenUse,
  leaseOwner: number,
  { cause, closing }: { readonly cause: unknown; readonly closing: AbortSignal },
): Promise<Error> {
  const { database, log, random } = context;
  const { accountId, workspaceId } = use;
  const code = 'internal_error';
  const work = (tx: Transaction) => delayOnceMore(tx, use, leaseOwner, { code, random });
  const store = () => inWorkspace(database, workspaceId, work);
  const retryAt = await persist(store, { accountId, log, closing }).catch((error: unknown) => {
    if (isSuperseded(error)) return undefined;
    throw error;
  });
  return refreshDelayed(accountId, { code, retryAt, cause });
}

async function delayOnceMore(
  tx: Transaction,
  use: TokenUse,
  leaseOwner: number,
  { code, random }: { readonly code: string; readonly random: Random },
): Promise<Date> {
  const failures = await readFailures(tx, use.accountId);
  return delayRefresh(tx, use, leaseOwner, {
    code,
    delayMs: planRetryMs(failures + 1, random),
  });
}

class RefreshRun {
  readonly #context: BrokerContext;
  readonly #use: TokenUse;
  readonly #begun: BegunRefresh;
  readonly #closing: AbortSignal;

  constructor(context: BrokerContext, use: TokenUse, begun: BegunRefresh, closing: AbortSignal) {
    this.#context = context;
    this.#use = use;
    this.#begun = begun;
    this.#closing = closing;
  }

  async settle(asked: Asked): Promise<EndedRefresh> {
    try {
      return await this.#settle(asked);
    } catch (error) {
      if (isSuperseded(error)) return this.#makeWay(asked);
      if (isUnstorable(error)) return this.#abandon(error);
      throw error;
    }
  }

  /** Somebody else's pair is there, or none is wanted any more: who asked looks again. */
  async #makeWay({ tokens }: Asked): Promise<EndedRefresh> {
    if (tokens !== undefined) await revokeUnwanted(this.#context, this.#use, this.#begun, tokens);
    return { outcome: 'superseded' };
  }

  /** What came of it can never be stored. Whether the account is lost by that, the next try tells. */
  async #abandon(cause: unknown): Promise<EndedRefresh> {
    const facts = { err: cause, account_id: this.#use.accountId };
    this.#context.log.error(facts, 'The database refuses what came of a refresh; it is dropped.');
    const closing = this.#closing;
    const { leaseOwner } = this.#begun;
    const failure = await freeLease(this.#context, this.#use, leaseOwner, { cause, closing });
    return { outcome: 'delayed', failure };
  }

  async #settle(asked: Asked): Promise<EndedRefresh> {
    if (asked.tokens === undefined) {
      return asked.failure.kind === 'refused'
        ? this.#giveUp(asked.failure.code, nameRefusal({ ...this.#begun, ...asked }))
        : this.#delay(asked);
    }
    if (asked.tokens.openId !== this.#begun.openId) return this.#refuseIdentity();
    return this.#store(asked.tokens);
  }

  async #store(tokens: UserTokens): Promise<EndedRefresh> {
    const { database, vault, random } = this.#context;
    const tools = { vault, random, clock: database.clock };
    await this.#persist(async (tx) => {
      const pair = await sealPair(tx, tools, this.#use, tokens);
      const stored = { pair, scopes: toStorableScopes(tokens.scopes) };
      await storeRefreshed(tx, this.#use, this.#begun.generation, stored);
    });
    return { outcome: 'refreshed' };
  }

  async #delay(asked: Extract<Asked, { readonly tokens?: undefined }>): Promise<EndedRefresh> {
    const { failure, isUnclear, cause } = asked;
    const { code, retryAfterMs } = failure;
    const delayMs = planRetryMs(this.#begun.failures + 1, this.#context.random, retryAfterMs);
    this.#warn(code, cause);
    const retryAt = await this.#persist((tx) =>
      delayRefresh(tx, this.#use, this.#begun.leaseOwner, { code, delayMs, isUnclear }),
    );
    const { accountId } = this.#use;
    return { outcome: 'delayed', failure: refreshDelayed(accountId, { code, retryAt, cause }) };
  }

  async #giveUp(code: string, reason: StateReason): Promise<EndedRefresh> {
    this.#warn(code, undefined);
    await this.#persist((tx) => giveUp(tx, this.#use, this.#begun, { code, reason }));
    const { accountId } = this.#use;
    return {
      outcome: 'refused',
      failure: accountNotConnected(accountId, 'reconnect_needed', reason),
    };
  }

  /** The tokens of somebody else must not be used, and the account's own are spent. */
  async #refuseIdentity(): Promise<EndedRefresh> {
    const words = 'TikTok answered a refresh with the tokens of another account; they are dropped.';
    this.#context.log.error({ account_id: this.#use.accountId }, words);
    return this.#giveUp('open_id_mismatch', 'refresh_other_identity');
  }

  #warn(code: string, err: unknown): void {
    const facts = { err, code, account_id: this.#use.accountId };
    this.#context.log.warn(facts, 'TikTok gave no new tokens.');
  }

  async #persist<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { database, log } = this.#context;
    const { workspaceId, accountId } = this.#use;
    const closing = this.#closing;
    return persist(() => inWorkspace(database, workspaceId, work), {
      accountId,
      log,
      closing,
    });
  }
}
