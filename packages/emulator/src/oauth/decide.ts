import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { App } from '../state/app.ts';
import type { AuthorizationCode } from '../state/grant.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import { toCallback, toErrorCallback } from './authorize-request.ts';
import { recordConsent } from './issue-tokens.ts';

/** Lifetime of an authorization code; undocumented, implementers say minutes. */
const CODE_LIFETIME_MS = 5 * 60_000;

/** What a person decided on the consent page. */
export interface Decision {
  readonly username: string;
  /** The scopes granted; those that were not asked are left out, and none at all is a refusal. */
  readonly scopes: readonly string[];
  readonly allow: boolean;
}

/**
 * Carries a person's decision out.
 *
 * @returns Where the browser goes: the app's callback with a code, or with the refusal.
 */
export function decide(
  emulator: Emulator,
  asked: AuthorizeRequest,
  decision: Decision,
  request: FastifyRequest | null,
): string {
  const { app, redirectUri, state } = asked;
  const scopes = asked.scopes.filter((scope) => decision.scopes.includes(scope));
  if (!decision.allow || scopes.length === 0) {
    return toErrorCallback(redirectUri, state, 'access_denied', 'The user refused.');
  }
  const refusal = findSandboxRefusal(emulator, app, decision.username, request);
  if (refusal !== undefined) {
    return toErrorCallback(redirectUri, state, 'access_denied', refusal, {
      error_type: 'non_sandbox_target',
    });
  }
  const code = issueCode(emulator, {
    client_key: app.client_key,
    username: decision.username,
    scopes,
    redirect_uri: redirectUri,
    code_challenge: asked.codeChallenge,
    qr_token: null,
  });
  return toCallback(redirectUri, { code, scopes: scopes.join(','), state });
}

/** Finds why a sandbox does not take a user, or nothing; what it finds is a violation. */
export function findSandboxRefusal(
  { violations }: Emulator,
  app: App,
  username: string,
  request: FastifyRequest | null,
): string | undefined {
  if (!app.sandbox || app.target_users.includes(username)) return undefined;
  const detail = `${username} is no target user of the sandbox ${app.client_key}`;
  violations.record('oauth.sandbox_target', detail, request);
  return detail;
}

/** Issues a code for what was granted, and remembers the consent. */
export function issueCode(
  emulator: Emulator,
  granted: Omit<AuthorizationCode, 'code' | 'expires_at'>,
): string {
  const { clock, ids, store } = emulator;
  const now = clock.now();
  for (const [code, issued] of store.codes) {
    // Codes have one lifetime, so the oldest are first.
    if (issued.expires_at > now) break;
    store.codes.delete(code);
  }
  const code = ids.code();
  store.codes.set(code, { code, ...granted, expires_at: now + CODE_LIFETIME_MS });
  recordConsent(emulator, granted);
  return code;
}
