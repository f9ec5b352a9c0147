export type { AuthorizeRequest, AuthorizeUrlOptions } from './authorize-url.ts';
export {
  type AuthorizationCallback,
  type CallbackOptions,
  type DecodedCallback,
  parseCallback,
} from './callback.ts';
export {
  type CodeExchange,
  type QrLoginOptions,
  type QrLoginWait,
  type RevokeAnswer,
  TikTokOAuth,
  type TikTokOAuthOptions,
} from './oauth.ts';
export { createCodeVerifier, toCodeChallenge } from './pkce.ts';
export type { QrLogin, QrLoginCheck, QrLoginStatus } from './qr-login.ts';
export {
  RefreshingTokenSource,
  type RefreshingTokenSourceOptions,
} from './refreshing-token-source.ts';
export { createState, type OAuthState, type StateOptions, verifyState } from './state.ts';
export {
  type ClientToken,
  restoreTokens,
  revealTokens,
  type StoredTokens,
  type UserTokens,
} from './tokens.ts';
