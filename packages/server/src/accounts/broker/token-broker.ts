import { type Fetch, type RateLimiter, TikTokClient } from '@greenroom/sdk';
import type { UserTokens } from '@greenroom/sdk/oauth';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { Secret } from '../secret.ts';
import {
  AccountUnavailableError,
  accountNotConnected,
  accountUnknown,
} from './account-unavailable.ts';
import { type BrokerContext, type TokenBrokerOptions, toContext } from './broker-context.ts';
import { type HandOutRequest, handOut } from './hand-out.ts';
import { Refresher } from './refresher.ts';
import { type RevokeOutcome, revoke } from './revoke.ts';
import { type SweepOptions, type SweepReport, sweep } from './sweep.ts';
import { findPair, sealPair, type TokenOwner, upsertPair } from './token-store.ts';
import type { TokenUse } from './token-use.ts';

/** What differs from client to client. */
export interface ClientOptions {
  /** How often a read is sent again after 429, 5xx and network errors; 3 by default. */
  readonly maxRetries?: number | undefined;
  /** Takes the place of the broker's own, for instance one that does not wait. */
  readonly limiter?: RateLimiter | undefined;
  /** Sends the requests in place of the broker's own. */
  readonly fetch?: Fetch | undefined;
  /** Takes one token for all its calls, which is one use of it: for a client that lives for one piece of work. */
  readonly keepsToken?: boolean | undefined;
}

/**
 * The one that hands out tokens: whoever works for a workspace gets a valid one at the moment of need,
 * in any process, and sees none.
 *
 * Every use is in the audit log before the token is used. Tokens are renewed early by {@link TokenBroker.sweep},
 * at the latest when they are asked for, and once when TikTok refuses one; see {@link Refresher}.
 *
 * @example
 * ```ts
 * const client = broker.clientFor({ workspaceId, accountId, actor, reason: 'show creator info' });
 * const creator = await client.queryCreatorInfo();
 * ```
 */
export class TokenBroker {
  readonly #context: BrokerContext;
  readonly #refresher: Refresher;

  constructor(options: TokenBrokerOptions) {
    this.#context = toContext(options);
    this.#refresher = new Refresher(this.#context);
  }

  /**
   * Makes a client of TikTok's API for one account. It asks the broker for the token before each call,
   * and once more, for another one, when TikTok refuses it.
   *
   * Its calls throw {@link AccountUnavailableError} when there is no token, besides what the SDK throws.
   */
  clientFor(use: TokenUse, options: ClientOptions = {}): TikTokClient {
    const { fetch, limiterFor, random, sleep, tiktokUrl } = this.#context;
    let kept: Secret | undefined;
    return new TikTokClient({
      accessToken: {
        getAccessToken: async ({ rejected }, signal) => {
          const refused = rejected === undefined ? undefined : Secret.of(rejected);
          if (kept === undefined || refused !== undefined || !options.keepsToken) {
            kept = await this.#handOut(use, { rejected: refused, signal });
          }
          return kept.reveal();
        },
      },
      baseUrl: tiktokUrl,
      limiter: options.limiter ?? limiterFor(use),
      limiterKey: use.accountId,
      maxRetries: options.maxRetries,
      fetch: options.fetch ?? fetch,
      sleep,
      random,
    });
  }

  /**
   * Renews an account's tokens now, because a person wishes it, even while a back-off runs.
   *
   * @throws {AccountUnavailableError} If there are no new ones, for now or for good.
   */
  async refresh(use: TokenUse, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const pair = await inWorkspace(this.#context.database, use.workspaceId, (tx) =>
      findPair(tx, use.accountId),
    );
    if (pair === undefined) throw accountUnknown(use.accountId);
    const { state, stateReason, generation } = pair;
    if (state !== 'connected') throw accountNotConnected(use.accountId, state, stateReason);
    await this.#refresher.renew(use, generation, { ...options, isForced: true });
  }

  /** Stores the tokens of a login, over whatever the account had, in the transaction that connects it. */
  async storeTokens(tx: Transaction, owner: TokenOwner, tokens: UserTokens): Promise<void> {
    const { database, vault, random } = this.#context;
    const tools = { vault, random, clock: database.clock };
    await upsertPair(tx, owner, await sealPair(tx, tools, owner, tokens));
  }

  /**
   * Disconnects an account: its tokens are deleted whatever TikTok says, and TikTok is asked to forget
   * them too.
   *
   * @throws {AccountUnavailableError} If the workspace has no such account.
   */
  async revoke(use: TokenUse): Promise<RevokeOutcome> {
    return revoke(this.#context, this.#refresher, use);
  }

  /** Renews the accounts that are due, in all workspaces; any number of processes may do so at once. */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    return sweep(this.#context, this.#refresher, options);
  }

  /** Waits for refreshes under way and for their pairs to be stored. End the sweeps first. */
  async close(): Promise<void> {
    await this.#refresher.close();
  }

  /** The same as {@link TokenBroker.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handOut(use: TokenUse, request: HandOutRequest): Promise<Secret> {
    const { metrics, observe } = this.#context;
    try {
      const token = await handOut(this.#context, this.#refresher, use, request);
      observe('handed_out', use.accountId);
      metrics.handedOut();
      return token;
    } catch (error) {
      metrics.refused(error instanceof AccountUnavailableError ? error.code : 'internal_error');
      throw error;
    }
  }
}
