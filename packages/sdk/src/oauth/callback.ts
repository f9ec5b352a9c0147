import { type Clock, systemClock } from '../clock.ts';
import { TikTokOAuthError } from '../errors.ts';
import { withSecrets } from '../redact.ts';
import { type OAuthState, verifyState } from './state.ts';

/** Options of {@link parseCallback}. */
export interface CallbackOptions {
  /** The state that the login was started with. */
  readonly state: OAuthState;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
}

/** Parameters of a redirect that a web framework has already decoded. */
export interface DecodedCallback {
  /** The authorization code, decoded. */
  readonly code?: string | undefined;
  /** Granted scopes, separated by commas. */
  readonly scopes?: string | undefined;
  /** The state. */
  readonly state?: string | undefined;
  /** Why the login failed. */
  readonly error?: string | undefined;
  /** The same in words. */
  readonly error_description?: string | undefined;
  /** What the error is about, such as `non_sandbox_target`. */
  readonly error_type?: string | undefined;
  /** TikTok's number of the error. */
  readonly errCode?: string | undefined;
  /** TikTok's id of the request. */
  readonly log_id?: string | undefined;
  /** The same in another spelling. */
  readonly logid?: string | undefined;
}

/**
 * What a successful login brought back. The code is a secret: it can be read, but is in no printed
 * form, no JSON and no copy of this object.
 */
export interface AuthorizationCallback {
  /** Scopes that the creator granted; maybe fewer than were asked for. */
  readonly scopes: readonly string[];
  /** The state, as it was sent. */
  readonly state: string;
  /** The authorization code, decoded once: exchange it within minutes, once. */
  readonly code: string;
}

/**
 * Reads TikTok's redirect back to the app, checking the state first.
 *
 * TikTok percent-encodes the code (real ones hold `*` and `!`) and wants it decoded exactly once:
 * a URL is decoded here, an object of parameters is taken as decoded already.
 *
 * @param redirect - The URL that was called (also without its origin), or its parameters as the web
 *   framework decoded them.
 * @throws {TikTokOAuthError} With TikTok's `error` as its code if the login was refused:
 *   `access_denied`, `non_sandbox_target`, `unauthorized_client`, `param_error` …; `state_mismatch`
 *   or `state_expired`; `callback_malformed` if there is neither a code nor an error.
 * @see {@link https://developers.tiktok.com/doc/login-kit-web}
 * @example
 * ```ts
 * import { createState, parseCallback } from '@greenroom/sdk/oauth';
 *
 * const state = createState();
 * const { code, scopes } = parseCallback(`/callback?code=a%2A0&scopes=video.list&state=${state.value}`, {
 *   state,
 * });
 * ```
 */
export function parseCallback(
  redirect: string | URL | DecodedCallback,
  options: CallbackOptions,
): AuthorizationCallback {
  const { state, clock = systemClock } = options;
  const parameters = isUrl(redirect) ? decodeOnce(String(redirect)) : redirect;
  verifyState(state, parameters.state, clock);
  if (parameters.error !== undefined && parameters.error !== '') throw refused(parameters);
  if (parameters.code === undefined || parameters.code === '') {
    throw malformed('The redirect has neither a code nor an error.');
  }
  const { code, scopes = '' } = parameters;
  return withSecrets({ scopes: splitScopes(scopes), state: state.value }, { code });
}

/** Splits a list of scopes; TikTok's separator is the comma. */
export function splitScopes(scopes: string): string[] {
  return scopes.split(/[\s,]+/).filter((scope) => scope !== '');
}

/** Decodes the parameters of a redirect, each exactly once. */
export function decodeOnce(redirect: string): DecodedCallback {
  const start = redirect.indexOf('?') + 1;
  const [query = ''] = redirect.slice(start).split('#');
  const parameters: Record<string, string> = {};
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const name = decode(pair.slice(0, equals));
    // A plus is a blank in forms, but a code has no blanks: there it is a plus.
    const value = pair.slice(equals + 1);
    parameters[name] ??= decode(name === 'code' ? value : value.replaceAll('+', ' '));
  }
  return parameters;
}

function isUrl(redirect: string | URL | DecodedCallback): redirect is string | URL {
  return typeof redirect === 'string' || redirect instanceof URL;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('The redirect is not percent-encoded.');
  }
}

function refused(parameters: DecodedCallback): TikTokOAuthError {
  const { error = '', error_description, error_type, errCode, log_id, logid } = parameters;
  // With this type the account is no target user of a sandbox: nobody refused anything.
  const code = error_type === 'non_sandbox_target' ? error_type : error;
  const details = [error_description, error_type, errCode && `errCode ${errCode}`];
  const said = details.filter((detail) => detail !== undefined && detail !== '').join(', ');
  return new TikTokOAuthError({
    code,
    message: `The login was refused: ${error}${said === '' ? '' : ` (${said})`}`,
    logId: log_id ?? logid,
    errorType: error_type,
    secrets: parameters.code === undefined ? [] : [parameters.code],
  });
}

function malformed(explanation: string): TikTokOAuthError {
  return new TikTokOAuthError({ code: 'callback_malformed', explanation });
}
