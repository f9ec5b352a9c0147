/** Why a token is asked for. */
export interface TokenRequest {
  /** The token that TikTok has just refused; get another one. Missing on an ordinary call. */
  readonly rejected?: string | undefined;
}

/**
 * Hands out the access token of one account.
 *
 * It is asked before every request, so it should keep the token. When TikTok refuses a token with
 * `access_token_invalid` it is asked once more, with that token as `rejected`, and the call is
 * sent once again if the answer is another token.
 *
 * @example
 * ```ts
 * import { TikTokClient, type TokenSource } from '@greenroom/sdk';
 *
 * declare function loadToken(): Promise<string>;
 * declare function refreshToken(): Promise<string>;
 *
 * const source: TokenSource = {
 *   getAccessToken: ({ rejected }) => (rejected === undefined ? loadToken() : refreshToken()),
 * };
 * const client = new TikTokClient({ accessToken: source });
 * ```
 */
export interface TokenSource {
  /** Gives the access token to use now. What it throws ends the call as it is. */
  getAccessToken(request: TokenRequest, signal?: AbortSignal): Promise<string>;
}

/** Makes a source of a token that cannot be renewed. */
export function toTokenSource(accessToken: string | TokenSource): TokenSource {
  if (typeof accessToken !== 'string') return accessToken;
  return { getAccessToken: async () => accessToken };
}
