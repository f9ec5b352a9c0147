import type { Emulator } from '../emulator.ts';

/** TikTok's token answer: flat, with remaining lifetimes. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly open_id: string;
  readonly refresh_expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
  readonly token_type: 'Bearer';
}

/** Whose tokens are issued, and for what. */
export interface TokenSubject {
  readonly client_key: string;
  readonly username: string;
  readonly scopes: readonly string[];
}

/**
 * Issues an access and a refresh token.
 *
 * @param refreshUntil - When the refresh token ends; default: a full lifetime from now.
 */
export function issueTokens(
  emulator: Emulator,
  subject: TokenSubject,
  refreshUntil?: number,
): TokenAnswer {
  const { clock, ids, settings, store } = emulator;
  const now = clock.now();
  const { client_key, username, scopes } = subject;
  const owner = { client_key, username, open_id: store.openId(client_key, username), scopes };
  const refreshEnd = refreshUntil ?? now + settings.refresh_token_seconds * 1000;
  const access = {
    access_token: ids.token('act'),
    ...owner,
    expires_at: now + settings.access_token_seconds * 1000,
  };
  const refresh = { refresh_token: ids.token('rft'), ...owner, expires_at: refreshEnd };
  store.tokens.access.add(access);
  store.tokens.refresh.add(refresh);
  return {
    access_token: access.access_token,
    expires_in: settings.access_token_seconds,
    open_id: owner.open_id,
    refresh_expires_in: Math.floor((refreshEnd - now) / 1000),
    refresh_token: refresh.refresh_token,
    scope: scopes.join(','),
    token_type: 'Bearer',
  };
}

/** Records what a creator granted an app, for the silent re-authorization of a browser session. */
export function recordConsent(emulator: Emulator, subject: TokenSubject): void {
  const { client_key, username, scopes } = subject;
  emulator.store.consents.set(`${client_key} ${username}`, {
    client_key,
    username,
    scopes,
    granted_at: emulator.clock.now(),
  });
}

/** Whether a creator granted an app all of these before, and did not take it back. */
export function hasConsent(emulator: Emulator, subject: TokenSubject): boolean {
  const consent = emulator.store.consents.get(`${subject.client_key} ${subject.username}`);
  return consent !== undefined && subject.scopes.every((scope) => consent.scopes.includes(scope));
}
