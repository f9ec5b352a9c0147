import type { DocumentAddress } from './documents.ts';
import { documents } from './documents.ts';

/**
 * Rules that a client can break, each with the page that sets it. A violation names one of these.
 * Add the rules of a part of TikTok's API below its comment.
 */
export const rules = {
  // the gateway
  'gateway.unsupported_path': documents.apiErrors,
  'gateway.content_type': documents.directPost,
  'gateway.malformed_json': documents.apiErrors,
  'gateway.body_too_large': documents.apiErrors,
  'gateway.unknown_field': documents.directPost,
  'gateway.unknown_query': documents.mediaTransfer,
  // access
  'access.token_missing': documents.apiErrors,
  'access.token_invalid': documents.apiErrors,
  'access.scope': documents.scopes,
  'access.rate_limit': documents.rateLimits,
  // OAuth
  'oauth.client_key': documents.authorizeWeb,
  'oauth.client_secret_in_url': documents.authorizeWeb,
  'oauth.redirect_uri': documents.authorizeWeb,
  'oauth.response_type': documents.authorizeWeb,
  'oauth.state': documents.authorizeWeb,
  'oauth.scope': documents.scopes,
  'oauth.disable_auto_auth': documents.authorizeWeb,
  'oauth.trailing_slash': documents.authorizeWeb,
  'oauth.code_challenge': documents.authorizeDesktop,
  'oauth.code_challenge_hex': documents.authorizeDesktop,
  'oauth.code_verifier': documents.authorizeDesktop,
  'oauth.content_type': documents.userToken,
  'oauth.parameters': documents.userToken,
  'oauth.client_authentication': documents.userToken,
  'oauth.code': documents.userToken,
  'oauth.code_decoded_once': documents.userToken,
  'oauth.redirect_uri_equal': documents.userToken,
  'oauth.refresh_token': documents.userToken,
  'oauth.grant_type': documents.oauthErrors,
  'oauth.qr_ticket': documents.qrLogin,
  'oauth.sandbox_target': documents.sandbox,
  // posting
  // upload and pull
  // display
  // webhooks
} as const satisfies Record<string, DocumentAddress>;

/** Name of a rule that a client can break. */
export type RuleName = keyof typeof rules;
