import { withSecrets } from '../redact.ts';

/** Tokens as plain JSON, to be stored where secrets are kept. */
export interface StoredTokens {
  /** Access token. A secret. */
  readonly accessToken: string;
  /** Refresh token. A secret. */
  readonly refreshToken: string;
  /** The creator, for this app. */
  readonly openId: string;
  /** Granted scopes. */
  readonly scopes: readonly string[];
  /** When the access token ends, in ISO 8601. */
  readonly expiresAt: string;
  /** When the refresh token ends, in ISO 8601; `null` if TikTok did not say. */
  readonly refreshExpiresAt: string | null;
}

/**
 * The tokens of a creator. Both tokens are secrets: they can be read, but are in no printed form,
 * no JSON and no copy of this object. {@link revealTokens} makes what can be stored.
 */
export interface UserTokens {
  /** The access token. A secret. */
  readonly accessToken: string;
  /** The refresh token: good for one refresh, which answers the next one. A secret. */
  readonly refreshToken: string;
  /** The creator, for this app; opaque. */
  readonly openId: string;
  /** Scopes that the creator granted; maybe fewer than were asked for. */
  readonly scopes: readonly string[];
  /** When the access token ends, by `expires_in` of the answer. */
  readonly expiresAt: Date;
  /** When the refresh token ends, by `refresh_expires_in`; `undefined` if TikTok did not say. */
  readonly refreshExpiresAt: Date | undefined;
}

/**
 * The token of an app itself, from its client credentials; useless for posting and display. The
 * token is a secret: it can be read, but is in no printed form, no JSON and no copy of this object.
 */
export interface ClientToken {
  /** The access token. A secret. */
  readonly accessToken: string;
  /** When the token ends, by `expires_in` of the answer. */
  readonly expiresAt: Date;
}

/**
 * Makes plain JSON of tokens, **secrets included**, to be stored where secrets are kept.
 *
 * @example
 * ```ts
 * import { restoreTokens, revealTokens, type UserTokens } from '@greenroom/sdk/oauth';
 *
 * function toRow(tokens: UserTokens): string {
 *   return JSON.stringify(revealTokens(tokens));
 * }
 * function fromRow(row: string): UserTokens {
 *   return restoreTokens(JSON.parse(row));
 * }
 * ```
 */
export function revealTokens(tokens: UserTokens): StoredTokens {
  const { accessToken, refreshToken, openId, scopes, expiresAt, refreshExpiresAt } = tokens;
  return {
    accessToken,
    refreshToken,
    openId,
    scopes,
    expiresAt: expiresAt.toISOString(),
    refreshExpiresAt: refreshExpiresAt?.toISOString() ?? null,
  };
}

/** Makes tokens of what {@link revealTokens} made and was stored. */
export function restoreTokens(stored: StoredTokens): UserTokens {
  const { accessToken, refreshToken, openId, scopes, expiresAt, refreshExpiresAt } = stored;
  return toTokens({
    accessToken,
    refreshToken,
    openId,
    scopes,
    expiresAt: new Date(expiresAt),
    refreshExpiresAt: refreshExpiresAt === null ? undefined : new Date(refreshExpiresAt),
  });
}

/** Hides what is secret of tokens. */
export function toTokens<Tokens extends ClientToken & { readonly refreshToken?: string }>(
  tokens: Tokens,
): Tokens {
  const { accessToken, refreshToken, ...shown } = tokens;
  const secrets = refreshToken === undefined ? { accessToken } : { accessToken, refreshToken };
  // The same fields as before, some of them hidden.
  return withSecrets(shown, secrets) as unknown as Tokens;
}
