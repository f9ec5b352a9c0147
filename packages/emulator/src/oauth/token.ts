import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { App } from '../state/app.ts';
import type { AuthorizationCode, RefreshToken } from '../state/grant.ts';
import { OAuthError, sendOAuth } from '../wire/oauth-answer.ts';
import { MALFORMED, requireClient } from './client.ts';
import type { Form } from './form.ts';
import { readForm, requireField } from './form.ts';
import type { TokenAnswer } from './issue-tokens.ts';
import { issueTokens } from './issue-tokens.ts';
import { isVerifier, toChallenge } from './pkce.ts';
import { findRegistered } from './redirect-uri.ts';

/** TikTok's sentence for a code that is used up, too old or unknown. */
const CODE_EXPIRED = 'Authorization code is expired.';
/** Lifetime of a client access token. */
const CLIENT_TOKEN_SECONDS = 7200;

/** `POST /v2/oauth/token/`: codes and refresh tokens for tokens. */
export function registerToken(app: FastifyInstance, emulator: Emulator): void {
  app.post('/v2/oauth/token/', (request, reply) => {
    const form = readForm(emulator, request);
    const client = requireClient(emulator, request, form);
    return sendOAuth(reply, grant(emulator, request, client, form));
  });
}

function grant(emulator: Emulator, request: FastifyRequest, app: App, form: Form): object {
  const grantType = requireField(form, 'grant_type', MALFORMED);
  switch (grantType) {
    case 'authorization_code':
      return exchangeCode(emulator, request, app, form);
    case 'refresh_token':
      return refresh(emulator, request, app, form);
    case 'client_credentials':
      return {
        access_token: emulator.ids.token('clt'),
        expires_in: CLIENT_TOKEN_SECONDS,
        token_type: 'Bearer',
      };
    default:
      throw new OAuthError('unsupported_grant_type', 'The grant_type is not supported.', {
        rule: 'oauth.grant_type',
        detail: 'it is none of authorization_code, refresh_token and client_credentials',
      });
  }
}

function exchangeCode(
  emulator: Emulator,
  request: FastifyRequest,
  app: App,
  form: Form,
): TokenAnswer {
  const { codes, qrLogins } = emulator.store;
  const issued = requireCode(emulator, app, requireField(form, 'code', MALFORMED));
  request.call.username = issued.username;
  requireRedirect(app, issued, requireField(form, 'redirect_uri', MALFORMED));
  requireVerifier(issued, form.get('code_verifier') ?? '');
  codes.delete(issued.code);
  const qrLogin = issued.qr_token === null ? undefined : qrLogins.get(issued.qr_token);
  if (qrLogin !== undefined) qrLogin.status = 'utilised';
  return issueTokens(emulator, issued);
}

function requireCode(emulator: Emulator, app: App, code: string): AuthorizationCode {
  const { codes } = emulator.store;
  const issued = codes.get(code);
  if (issued === undefined) {
    const isEncoded = code.includes('%') && codes.has(decodeOnce(code));
    throw new OAuthError('invalid_grant', CODE_EXPIRED, {
      rule: isEncoded ? 'oauth.code_decoded_once' : 'oauth.code',
      detail: isEncoded
        ? 'the code is still percent-encoded; decode it exactly once'
        : 'no such code: used already, or never issued',
    });
  }
  if (issued.expires_at <= emulator.clock.now()) {
    codes.delete(code);
    throw new OAuthError('invalid_grant', CODE_EXPIRED, {
      rule: 'oauth.code',
      detail: `the code expired at ${new Date(issued.expires_at).toISOString()}`,
    });
  }
  if (issued.client_key === app.client_key) return issued;
  throw new OAuthError('invalid_grant', CODE_EXPIRED, {
    rule: 'oauth.code',
    detail: `the code was issued to ${issued.client_key}`,
  });
}

function requireRedirect(app: App, issued: AuthorizationCode, redirectUri: string): void {
  const isRight =
    issued.redirect_uri === null
      ? findRegistered(app.redirect_uris, redirectUri) !== undefined
      : issued.redirect_uri === redirectUri;
  if (isRight) return;
  throw new OAuthError(
    'invalid_request',
    'Redirect_uri is not matched with the uri when requesting code.',
    { rule: 'oauth.redirect_uri_equal' },
  );
}

function requireVerifier(issued: AuthorizationCode, verifier: string): void {
  // Without a challenge there is nothing to compare: a verifier that is sent anyway is ignored.
  if (issued.code_challenge === null) return;
  if (isVerifier(verifier) && toChallenge(verifier) === issued.code_challenge) return;
  throw new OAuthError('invalid_request', 'Code verifier or code challenge is invalid.', {
    rule: 'oauth.code_verifier',
    detail: 'the challenge must be the lowercase hex of the SHA-256 of the verifier',
  });
}

function refresh(emulator: Emulator, request: FastifyRequest, app: App, form: Form): TokenAnswer {
  const { settings, store } = emulator;
  const old = requireRefreshToken(emulator, app, requireField(form, 'refresh_token', MALFORMED));
  request.call.username = old.username;
  store.tokens.refresh.remove(old.refresh_token);
  return issueTokens(emulator, old, settings.refresh_renews ? undefined : old.expires_at);
}

function requireRefreshToken(emulator: Emulator, app: App, value: string): RefreshToken {
  const token = emulator.store.tokens.refresh.find(value);
  if (token === undefined || token.client_key !== app.client_key) {
    throw new OAuthError('invalid_grant', 'Refresh token is invalid or expired.', {
      rule: 'oauth.refresh_token',
      detail:
        token === undefined
          ? 'no such refresh token: rotated, revoked, or never issued'
          : `the refresh token was issued to ${token.client_key}`,
    });
  }
  if (token.expires_at > emulator.clock.now()) return token;
  emulator.store.tokens.refresh.remove(value);
  throw new OAuthError('invalid_grant', 'Refresh token is invalid or expired.', {
    rule: 'oauth.refresh_token',
    detail: `the refresh token expired at ${new Date(token.expires_at).toISOString()}`,
  });
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
