import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { RuleName } from '../rules/rules.ts';
import type { App } from '../state/app.ts';
import { isKnownScope } from '../state/scopes.ts';
import type { OAuthErrorCode } from '../wire/oauth-answer.ts';
import { isHexChallenge } from './pkce.ts';
import { findRegistered, isLoopbackRedirect } from './redirect-uri.ts';

/** An authorize request that can be shown to a person. */
export interface AuthorizeRequest {
  readonly app: App;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly state: string;
  readonly codeChallenge: string | null;
  /** Whether the consent page must be shown even when the browser's session has consented before. */
  readonly mustAsk: boolean;
}

/** A refusal that the person sees: there is no redirect that could be trusted with it. */
export interface RefusedOnPage {
  readonly kind: 'page';
  readonly error: string;
  readonly errorType: string;
  readonly errCode?: string;
  readonly rule: RuleName;
  readonly detail: string;
}

/** A refusal that goes back to the app. */
interface RefusedToApp {
  readonly kind: 'callback';
  readonly redirectUrl: string;
  readonly rule: RuleName;
  readonly detail: string;
}

/** What becomes of an authorize request. */
export type AuthorizeOutcome =
  | { readonly kind: 'ask'; readonly request: AuthorizeRequest }
  | RefusedOnPage
  | RefusedToApp;

/**
 * Checks the query of an authorize request by the tables for web and desktop.
 *
 * @param request - The HTTP request, for violations that are let pass; `null` outside one.
 */
export function checkAuthorize(
  emulator: Emulator,
  query: URLSearchParams,
  request: FastifyRequest | null,
): AuthorizeOutcome {
  if (query.has('client_secret')) {
    const detail =
      'client_secret is in the authorize URL, where the user and every log can read it';
    emulator.violations.record('oauth.client_secret_in_url', detail, request);
  }
  const app = findApp(emulator, query);
  if ('kind' in app) return app;
  const redirectUri = query.get('redirect_uri') ?? '';
  if (findRegistered(app.redirect_uris, redirectUri) === undefined) {
    return onPage('invalid_request', 'redirect_uri', 'oauth.redirect_uri', whyNot(redirectUri));
  }
  const note = (rule: RuleName, detail: string): void =>
    emulator.violations.record(rule, detail, request);
  const isDesktop = isLoopbackRedirect(redirectUri);
  const challenge = checkChallenge(emulator, query, isDesktop, note);
  if (challenge !== undefined) return challenge;
  return checkParameters(emulator, app, query, { redirectUri, isDesktop, note });
}

function findApp(emulator: Emulator, query: URLSearchParams): App | RefusedOnPage {
  const clientKey = query.get('client_key') ?? '';
  if (clientKey === '') {
    const detail = query.has('client_id')
      ? 'client_id was sent; TikTok’s name for it is client_key'
      : 'client_key is missing';
    return {
      ...onPage('param_error', 'client_key', 'oauth.client_key', detail),
      errCode: '10003',
    };
  }
  const app = emulator.store.apps.get(clientKey);
  if (app !== undefined) return app;
  return onPage(
    'unauthorized_client',
    'client_key',
    'oauth.client_key',
    'there is no app of this client_key; is it the client secret?',
  );
}

function checkChallenge(
  emulator: Emulator,
  query: URLSearchParams,
  isDesktop: boolean,
  note: (rule: RuleName, detail: string) => void,
): RefusedOnPage | undefined {
  const challenge = query.get('code_challenge') ?? '';
  const isStrict = emulator.settings.dialect === 'strict';
  if (challenge === '') {
    if (!isDesktop) return undefined;
    const detail = 'a redirect to loopback is the desktop flow, which requires a code_challenge';
    if (isStrict)
      return onPage('invalid_request', 'code_challenge', 'oauth.code_challenge', detail);
    note('oauth.code_challenge', detail);
    return undefined;
  }
  if (query.get('code_challenge_method') !== 'S256') {
    const detail = 'code_challenge_method must be S256';
    if (isStrict)
      return onPage('invalid_request', 'code_challenge', 'oauth.code_challenge', detail);
    note('oauth.code_challenge', detail);
  }
  if (!isHexChallenge(challenge)) {
    note(
      'oauth.code_challenge_hex',
      'the code_challenge is not the lowercase hex of a SHA-256; the exchange will fail',
    );
  }
  return undefined;
}

interface Flow {
  readonly redirectUri: string;
  readonly isDesktop: boolean;
  readonly note: (rule: RuleName, detail: string) => void;
}

function checkParameters(
  emulator: Emulator,
  app: App,
  query: URLSearchParams,
  { redirectUri, isDesktop, note }: Flow,
): AuthorizeOutcome {
  const state = query.get('state') ?? '';
  const refuse = (error: OAuthErrorCode, rule: RuleName, detail: string): RefusedToApp => ({
    kind: 'callback',
    redirectUrl: toErrorCallback(redirectUri, state, error, detail),
    rule,
    detail,
  });
  if (query.get('response_type') !== 'code') {
    return refuse('unsupported_response_type', 'oauth.response_type', 'response_type must be code');
  }
  if (state === '') {
    const detail = 'state is missing';
    if (emulator.settings.dialect !== 'lenient') {
      return refuse('invalid_request', 'oauth.state', detail);
    }
    note('oauth.state', detail);
  }
  const scopes = (query.get('scope') ?? '').split(',');
  const problem = findScopeProblem(app, scopes);
  if (problem !== undefined) return refuse('invalid_scope', 'oauth.scope', problem);
  const codeChallenge = query.get('code_challenge') ?? '';
  const mustAsk = isDesktop || mustAlwaysAsk(query, note);
  return {
    kind: 'ask',
    request: {
      app,
      scopes: [...new Set(scopes)],
      redirectUri,
      state,
      codeChallenge: codeChallenge === '' ? null : codeChallenge,
      mustAsk,
    },
  };
}

function findScopeProblem(app: App, scopes: readonly string[]): string | undefined {
  if (scopes.length === 1 && scopes[0] === '') return 'scope is missing';
  if (scopes.some((scope) => /\s/.test(scope)))
    return 'scopes are joined with a comma, not a blank';
  const unknown = scopes.findIndex((scope) => !isKnownScope(scope));
  // Not quoted: it may be anything, a secret in the wrong field too.
  if (unknown !== -1) return `scope ${unknown + 1} of ${scopes.length} is none of TikTok’s`;
  const disabled = scopes.find((scope) => !app.scopes.includes(scope));
  return disabled === undefined ? undefined : `the scope ${disabled} is not enabled for the app`;
}

function mustAlwaysAsk(query: URLSearchParams, note: Flow['note']): boolean {
  const value = query.get('disable_auto_auth') ?? '0';
  if (value !== '0' && value !== '1') note('oauth.disable_auto_auth', 'it is neither 0 nor 1');
  return value !== '0';
}

function whyNot(redirectUri: string): string {
  return redirectUri === ''
    ? 'redirect_uri is missing'
    : 'the redirect_uri is none of the registered ones; they must be equal';
}

function onPage(error: string, errorType: string, rule: RuleName, detail: string): RefusedOnPage {
  return { kind: 'page', error, errorType, rule, detail };
}

/** The address that takes a refusal back to the app. */
export function toErrorCallback(
  redirectUri: string,
  state: string,
  error: OAuthErrorCode,
  description: string,
  more: Readonly<Record<string, string>> = {},
): string {
  return toCallback(redirectUri, { error, error_description: description, ...more, state });
}

/** A callback whose values are percent-encoded throughout: `*` and `!` too, as TikTok sends codes. */
export function toCallback(
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encodeFully(value)}`)
    .join('&');
  return `${redirectUri}?${query}`;
}

function encodeFully(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
