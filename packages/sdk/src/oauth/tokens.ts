import { INSPECT, REDACTED } from '../redact.ts';

/** Tokens as plain JSON, to be stored where secrets are kept. Dates are ISO 8601 texts. */
export interface StoredTokens {
  /** Access token. A secret. */
  readonly accessToken: string;
  /** Refresh token. A secret. */
  readonly refreshToken: string;
  /** The creator, for this app. */
  readonly openId: string;
  /** Granted scopes. */
  readonly scopes: readonly string[];
  /** When the access token ends. */
  readonly expiresAt: string;
  /** When the refresh token ends; `null` if TikTok did not say. */
  readonly refreshExpiresAt: string | null;
}

/**
 * The tokens of a creator.
 *
 * Both tokens are secrets: they can be read, but are in no printed form and no JSON of this
 * object. To store them, store what {@link UserTokens.reveal} gives.
 *
 * @example
 * ```ts
 * import { type StoredTokens, UserTokens } from '@greenroom/sdk';
 *
 * function toRow(tokens: UserTokens): string {
 *   return JSON.stringify(tokens.reveal());
 * }
 * function fromRow(row: string): UserTokens {
 *   const stored: StoredTokens = JSON.parse(row);
 *   return new UserTokens(stored);
 * }
 * ```
 */
export class UserTokens {
  /** The creator, for this app; opaque. */
  readonly openId: string;
  /** Scopes that the creator granted; maybe fewer than were asked for. */
  readonly scopes: readonly string[];
  /** When the access token ends, by `expires_in` of the answer. */
  readonly expiresAt: Date;
  /** When the refresh token ends, by `refresh_expires_in`; `undefined` if TikTok did not say. */
  readonly refreshExpiresAt: Date | undefined;
  readonly #accessToken: string;
  readonly #refreshToken: string;

  constructor(stored: StoredTokens) {
    this.#accessToken = stored.accessToken;
    this.#refreshToken = stored.refreshToken;
    this.openId = stored.openId;
    this.scopes = stored.scopes;
    this.expiresAt = new Date(stored.expiresAt);
    const { refreshExpiresAt } = stored;
    this.refreshExpiresAt = refreshExpiresAt === null ? undefined : new Date(refreshExpiresAt);
  }

  /** The access token. A secret. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** The refresh token: good for one refresh, which answers the next one. A secret. */
  get refreshToken(): string {
    return this.#refreshToken;
  }

  /** Everything as plain JSON, **secrets included**, to be stored. */
  reveal(): StoredTokens {
    return {
      accessToken: this.#accessToken,
      refreshToken: this.#refreshToken,
      openId: this.openId,
      scopes: this.scopes,
      expiresAt: this.expiresAt.toISOString(),
      refreshExpiresAt: this.refreshExpiresAt?.toISOString() ?? null,
    };
  }

  /** The tokens without their secrets. */
  toJSON(): StoredTokens {
    return { ...this.reveal(), accessToken: REDACTED, refreshToken: REDACTED };
  }

  /** What is printed: the tokens without their secrets. */
  [INSPECT](): unknown {
    return this.toJSON();
  }
}

/** The token of an app itself, from its client credentials; useless for posting and display. */
export class ClientToken {
  /** When the token ends, by `expires_in` of the answer. */
  readonly expiresAt: Date;
  readonly #accessToken: string;

  constructor(token: { readonly accessToken: string; readonly expiresAt: Date }) {
    this.#accessToken = token.accessToken;
    this.expiresAt = token.expiresAt;
  }

  /** The access token. A secret. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** The token without its secret. */
  toJSON(): { readonly accessToken: string; readonly expiresAt: Date } {
    return { accessToken: REDACTED, expiresAt: this.expiresAt };
  }

  /** What is printed: the token without its secret. */
  [INSPECT](): unknown {
    return this.toJSON();
  }
}
