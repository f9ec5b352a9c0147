import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { App } from '../state/app.ts';
import type { QrLogin } from '../state/grant.ts';
import { isKnownScope } from '../state/scopes.ts';
import { OAuthError, sendOAuth } from '../wire/oauth-answer.ts';
import { toCallback } from './authorize-request.ts';
import { MALFORMED, requireClient } from './client.ts';
import { findSandboxRefusal, issueCode } from './decide.ts';
import { readForm, requireField } from './form.ts';

/** How long a QR code can be used; TikTok documents no time. */
const QR_LIFETIME_MS = 5 * 60_000;
/** QR logins that are remembered; the oldest go first. */
const MOST_QR_LOGINS = 1000;
/** What stands in `scan_qrcode_url` for the ticket that the app makes. */
const PLACEHOLDER = 'tobefilled';

/** `POST /v2/oauth/get_qrcode/` and `POST /v2/oauth/check_qrcode/`. */
export function registerQrLogin(app: FastifyInstance, emulator: Emulator): void {
  app.post('/v2/oauth/get_qrcode/', (request, reply) => {
    const form = readForm(emulator, request);
    const client = requireApp(emulator, request, requireField(form, 'client_key', MALFORMED));
    const scopes = requireScopes(client, requireField(form, 'scope', MALFORMED));
    const login = newLogin(emulator, client, scopes, form.get('state') ?? '');
    return sendOAuth(reply, { scan_qrcode_url: toScanUrl(login), token: login.token });
  });
  app.post('/v2/oauth/check_qrcode/', (request, reply) => {
    const form = readForm(emulator, request);
    const client = requireClient(emulator, request, form);
    const login = findLogin(emulator, requireField(form, 'token', MALFORMED));
    if (login === undefined || login.client_key !== client.client_key) {
      throw new OAuthError('invalid_request', MALFORMED, {
        rule: 'oauth.parameters',
        detail: 'there is no QR login of this token',
      });
    }
    return sendOAuth(reply, toAnswer(login));
  });
}

/** The QR login of a token, expired when its time is over. */
function findLogin(emulator: Emulator, token: string): QrLogin | undefined {
  const login = emulator.store.qrLogins.get(token);
  if (login === undefined) return undefined;
  const isOpen = login.status === 'new' || login.status === 'scanned';
  if (isOpen && login.expires_at <= emulator.clock.now()) {
    login.status = 'expired';
    login.client_ticket = '';
  }
  return login;
}

/** What the phone read from a QR code. */
export interface ScannedQrCode {
  readonly login: QrLogin;
  readonly clientTicket: string;
}

/** Reads the address in a QR code; a sentence when it is none that can be scanned. */
export function readQrCode(emulator: Emulator, url: string): ScannedQrCode | string {
  if (!URL.canParse(url)) return 'scan_qrcode_url is no address.';
  const query = new URL(url).searchParams;
  const login = findLogin(emulator, query.get('token') ?? '');
  if (login === undefined) return 'There is no QR login of this token.';
  const clientTicket = query.get('client_ticket') ?? '';
  if (clientTicket === PLACEHOLDER || clientTicket === '') {
    return `client_ticket is still ${PLACEHOLDER}; the app replaces it with a ticket of its own.`;
  }
  return encodeURIComponent(clientTicket).length < 512
    ? { login, clientTicket }
    : 'client_ticket must be under 512 characters when encoded.';
}

/** The phone read the code: the app learns its own ticket back. */
export function scan({ login, clientTicket }: ScannedQrCode): void {
  if (login.status !== 'new') return;
  login.status = 'scanned';
  login.client_ticket = clientTicket;
}

/**
 * The person confirmed on the phone: the app gets a code. With no scope that was asked, or by a user
 * that the sandbox does not take, it is a refusal.
 */
export function confirm(
  emulator: Emulator,
  scanned: ScannedQrCode,
  granted: { readonly username: string; readonly scopes: readonly string[] },
  request: FastifyRequest | null,
): void {
  const { login } = scanned;
  const { username } = granted;
  const scopes = login.scopes.filter((scope) => granted.scopes.includes(scope));
  const app = emulator.store.apps.get(login.client_key);
  const isRefused =
    app === undefined ||
    scopes.length === 0 ||
    findSandboxRefusal(emulator, app, username, request) !== undefined;
  if (isRefused) {
    expire(scanned);
    return;
  }
  const code = issueCode(emulator, {
    client_key: login.client_key,
    username,
    scopes,
    redirect_uri: null,
    code_challenge: null,
    qr_token: login.token,
  });
  login.status = 'confirmed';
  login.redirect_uri = toCallback(redirectOf(app), {
    code,
    scopes: scopes.join(','),
    state: login.state,
  });
}

/** The person refused on the phone, or took too long. */
export function expire({ login }: ScannedQrCode): void {
  login.status = 'expired';
  login.client_ticket = '';
}

function requireApp(emulator: Emulator, request: FastifyRequest, clientKey: string): App {
  const app = emulator.store.apps.get(clientKey);
  if (app === undefined) {
    throw new OAuthError('invalid_client', 'Client key is incorrect.', {
      rule: 'oauth.client_key',
    });
  }
  request.call.clientKey = clientKey;
  return app;
}

function requireScopes(app: App, scope: string): string[] {
  const scopes = [...new Set(scope.split(','))];
  const bad = scopes.findIndex((each) => !isKnownScope(each) || !app.scopes.includes(each));
  if (bad === -1) return scopes;
  throw new OAuthError('invalid_scope', 'The scope is invalid.', {
    rule: 'oauth.scope',
    detail: `scope ${bad + 1} of ${scopes.length} is none of the app’s; they are joined with a comma`,
  });
}

function newLogin(
  { clock, ids, store }: Emulator,
  app: App,
  scopes: readonly string[],
  state: string,
): QrLogin {
  const login: QrLogin = {
    token: ids.name(),
    client_key: app.client_key,
    scopes,
    state,
    expires_at: clock.now() + QR_LIFETIME_MS,
    status: 'new',
    client_ticket: '',
    redirect_uri: '',
  };
  store.qrLogins.set(login.token, login);
  const [oldest] = store.qrLogins.keys();
  if (store.qrLogins.size > MOST_QR_LOGINS && oldest !== undefined) store.qrLogins.delete(oldest);
  return login;
}

function toScanUrl(login: QrLogin): string {
  const query = new URLSearchParams({
    client_key: login.client_key,
    scope: login.scopes.join(','),
    state: login.state,
    token: login.token,
    client_ticket: PLACEHOLDER,
  });
  return `aweme://authorize?${query}`;
}

function toAnswer(login: QrLogin): Record<string, string> {
  const { client_ticket, status } = login;
  if (status !== 'confirmed') return { client_ticket, status };
  return { client_ticket, status, redirect_uri: login.redirect_uri, state: login.state };
}

/** Where a code from a QR login goes: the app's first redirect, its wildcards filled in. */
function redirectOf({ redirect_uris }: App): string {
  const [first = 'http://127.0.0.1:80/'] = redirect_uris;
  return first.replace(/:\*(?=\/|$)/, ':80').replace(/\/\*$/, '/');
}
