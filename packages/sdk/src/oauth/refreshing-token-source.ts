import { orAborted } from '../abort.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { TokenRequest, TokenSource } from '../token-source.ts';
import type { TikTokOAuth } from './oauth.ts';
import type { UserTokens } from './tokens.ts';

/** Options of {@link RefreshingTokenSource}. */
export interface RefreshingTokenSourceOptions {
  /** Renews the tokens. */
  readonly oauth: Pick<TikTokOAuth, 'refresh'>;
  /** The tokens to start with. */
  readonly tokens: UserTokens;
  /** Stores new tokens. They are used only after it is done: the old ones are dead by then. */
  readonly save: (tokens: UserTokens) => Promise<void>;
  /** How long before its end an access token is renewed, in milliseconds; 15 minutes by default. */
  readonly refreshBeforeMs?: number | undefined;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
}

// A refresh that failed early is not asked for again with every call.
const PAUSE_AFTER_FAILURE_MS = 60_000;

/**
 * Hands out an account's access token and renews it before it ends, and when TikTok refuses it.
 *
 * There is one refresh at a time, because a refresh token is good for one. That holds within one
 * process: where several share an account, write a {@link TokenSource} over a lock they share.
 *
 * @example
 * ```ts
 * import { TikTokClient } from '@greenroom/sdk';
 * import { RefreshingTokenSource, TikTokOAuth, type UserTokens } from '@greenroom/sdk/oauth';
 *
 * declare const tokens: UserTokens;
 * declare function store(tokens: UserTokens): Promise<void>;
 *
 * const oauth = new TikTokOAuth({ clientKey: 'aw0example', clientSecret: 'secret' });
 * const accessToken = new RefreshingTokenSource({ oauth, tokens, save: store });
 * const client = new TikTokClient({ accessToken });
 * ```
 */
export class RefreshingTokenSource implements TokenSource {
  readonly #oauth: Pick<TikTokOAuth, 'refresh'>;
  readonly #save: (tokens: UserTokens) => Promise<void>;
  readonly #refreshBeforeMs: number;
  readonly #clock: Clock;
  #tokens: UserTokens;
  #isSaved = true;
  #renewal: Promise<void> | undefined;
  #pausedUntil = 0;

  constructor(options: RefreshingTokenSourceOptions) {
    this.#oauth = options.oauth;
    this.#save = options.save;
    this.#refreshBeforeMs = options.refreshBeforeMs ?? 15 * 60_000;
    this.#clock = options.clock ?? systemClock;
    this.#tokens = options.tokens;
  }

  /**
   * Gives the access token, renewed if it ends soon or is the one that TikTok refused.
   *
   * @throws What the refresh or the save threw, if no token that can be used is left.
   */
  async getAccessToken(request: TokenRequest, signal?: AbortSignal): Promise<string> {
    const { rejected } = request;
    if (this.#mustRenew(rejected)) {
      // The renewal is everyone's: who gives up stops waiting for it, and it goes on.
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = undefined;
      });
      try {
        await orAborted(this.#renewal, signal);
      } catch (error) {
        if (signal?.aborted || !this.#isUsable(rejected)) throw error;
        this.#pausedUntil = this.#clock().getTime() + PAUSE_AFTER_FAILURE_MS;
      }
    }
    return this.#tokens.accessToken;
  }

  #mustRenew(rejected: string | undefined): boolean {
    if (!this.#isSaved || !this.#isUsable(rejected)) return true;
    const now = this.#clock().getTime();
    const end = this.#tokens.expiresAt.getTime();
    return now >= end - this.#refreshBeforeMs && now >= this.#pausedUntil;
  }

  #isUsable(rejected: string | undefined): boolean {
    const { accessToken, expiresAt } = this.#tokens;
    return this.#isSaved && accessToken !== rejected && this.#clock() < expiresAt;
  }

  async #renew(): Promise<void> {
    if (this.#isSaved) {
      this.#tokens = await this.#oauth.refresh(this.#tokens.refreshToken);
      this.#isSaved = false;
    }
    // Tokens whose save failed are kept, and saved before anything else the next time.
    await this.#save(this.#tokens);
    this.#isSaved = true;
  }
}
