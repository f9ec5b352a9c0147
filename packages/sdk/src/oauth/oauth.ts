import { type TikTokError, TikTokOAuthError, TikTokTimeoutError } from '../errors.ts';
import { readBaseUrl } from '../http/base-url.ts';
import {
  type CallOptions,
  type Transport,
  type TransportOptions,
  toTransport,
} from '../http/transport.ts';
import { DEFAULT_MAX_RETRIES, retry } from '../retry.ts';
import {
  type AuthorizeRequest,
  type AuthorizeUrlOptions,
  buildAuthorizeRequest,
} from './authorize-url.ts';
import { type FormAnswer, postForm } from './form-call.ts';
import { loginExpired } from './login-errors.ts';
import { type QrLogin, type QrLoginCheck, readQrLogin, readQrLoginCheck } from './qr-login.ts';
import { readClientToken, readUserTokens } from './token-answer.ts';
import type { ClientToken, UserTokens } from './tokens.ts';

/** Options of {@link TikTokOAuth}. */
export interface TikTokOAuthOptions extends TransportOptions {
  /** The app's client key; TikTok's name for a client id. */
  readonly clientKey: string;
  /** The app's client secret. */
  readonly clientSecret: string;
  /** Where TikTok's API is; `https://open.tiktokapis.com` by default. */
  readonly baseUrl?: string | undefined;
  /** Where TikTok's consent page is; `https://www.tiktok.com` by default. */
  readonly authorizeBaseUrl?: string | undefined;
}

/** What an exchange of a code takes. */
export interface CodeExchange {
  /** The code of {@link parseCallback}. */
  readonly code: string;
  /** Exactly the redirect URI of the authorize URL. */
  readonly redirectUri: string;
  /** The verifier of the {@link AuthorizeRequest}, if PKCE was used. */
  readonly codeVerifier?: string | undefined;
}

/** How TikTok said that a token is revoked: by an empty object, or by no body at all. */
export interface RevokeAnswer {
  /** The form of the answer. */
  readonly answer: 'empty_object' | 'empty_body';
}

/** What a QR login asks for. */
export interface QrLoginOptions {
  /** Scopes to ask for; at least one. */
  readonly scopes: readonly string[];
  /** Value of a state that comes back with the code. */
  readonly state?: string | undefined;
}

/** How {@link TikTokOAuth.waitForQrLogin} waits. */
export interface QrLoginWait extends CallOptions {
  /** Pause between two checks, in milliseconds; 2000 by default. TikTok names none. */
  readonly intervalMs?: number | undefined;
  /** The longest that is waited, in milliseconds; 5 minutes by default. */
  readonly waitMs?: number | undefined;
  /** Hears of each check, for instance to say that the code was scanned. */
  readonly onCheck?: ((check: QrLoginCheck) => void) | undefined;
}

/** What one endpoint wants. */
interface Endpoint {
  readonly path: string;
  /** Whether it may be called again after an answer that leaves open what was done. */
  readonly repeat: 'always' | 'by_caller' | 'when_refused';
  /** Whether the secret is left out. */
  readonly isPublic?: true;
}

// A code is good for one exchange and a refresh token for one refresh. When the answer is lost
// both may be spent, and a second use may cost the tokens that the first one made: that is for the
// caller to decide. Only when TikTok itself says that it failed for now is it asked again
// (reference section 1.8).
const TOKEN_BY_CREATOR: Endpoint = { path: '/v2/oauth/token/', repeat: 'when_refused' };
const TOKEN_BY_APP: Endpoint = { path: '/v2/oauth/token/', repeat: 'always' };
const REVOKE: Endpoint = { path: '/v2/oauth/revoke/', repeat: 'by_caller' };
const GET_QRCODE: Endpoint = { path: '/v2/oauth/get_qrcode/', repeat: 'always', isPublic: true };
const CHECK_QRCODE: Endpoint = { path: '/v2/oauth/check_qrcode/', repeat: 'always' };

/**
 * Connects creators to an app: TikTok's Login Kit.
 *
 * All methods throw a {@link TikTokError}, or the reason of an aborted signal.
 *
 * @see {@link https://developers.tiktok.com/doc/oauth-user-access-token-management}
 * @example
 * ```ts
 * import { createState, parseCallback, TikTokOAuth } from '@greenroom/sdk/oauth';
 *
 * const oauth = new TikTokOAuth({ clientKey: 'aw0example', clientSecret: 'secret' });
 * const redirectUri = 'https://app.example.com/callback/';
 * const state = createState();
 * const authorize = await oauth.createAuthorizeUrl({
 *   redirectUri,
 *   scopes: ['user.info.basic', 'video.publish'],
 *   state: state.value,
 * });
 * // … send the browser to authorize.url; when it comes back:
 * const { code } = parseCallback(`${redirectUri}?code=c0de&state=${state.value}`, { state });
 * const { codeVerifier } = authorize;
 * const tokens = await oauth.exchangeCode({ code, redirectUri, codeVerifier });
 * console.log(tokens.openId, tokens.scopes, tokens.expiresAt);
 * ```
 */
export class TikTokOAuth {
  readonly #clientKey: string;
  readonly #clientSecret: string;
  readonly #baseUrl: string;
  readonly #authorizeBaseUrl: string;
  readonly #transport: Transport;

  constructor(options: TikTokOAuthOptions) {
    this.#clientKey = options.clientKey;
    this.#clientSecret = options.clientSecret;
    this.#baseUrl = readBaseUrl(options.baseUrl ?? 'https://open.tiktokapis.com');
    this.#authorizeBaseUrl = readBaseUrl(options.authorizeBaseUrl ?? 'https://www.tiktok.com');
    this.#transport = toTransport(options);
  }

  /**
   * Builds the URL of TikTok's consent page, to open in the creator's browser.
   *
   * @throws {TikTokValidationError} If the redirect URI, the scopes or the state cannot work.
   * @see {@link https://developers.tiktok.com/doc/login-kit-web}
   */
  createAuthorizeUrl(options: AuthorizeUrlOptions): Promise<AuthorizeRequest> {
    const app = { authorizeBaseUrl: this.#authorizeBaseUrl, clientKey: this.#clientKey };
    return buildAuthorizeRequest(app, options);
  }

  /**
   * Exchanges the code of a login for the creator's tokens. A code is good for one exchange: after
   * an unclear answer the call is not sent again, start a new login.
   *
   * @throws {TikTokOAuthError} `invalid_grant`, `invalid_request` …: see {@link explain}.
   * @see {@link https://developers.tiktok.com/doc/oauth-user-access-token-management}
   */
  async exchangeCode(exchange: CodeExchange, options: CallOptions = {}): Promise<UserTokens> {
    const { code, redirectUri, codeVerifier } = exchange;
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
    };
    return readUserTokens(await this.#post(TOKEN_BY_CREATOR, form, options));
  }

  /**
   * Renews the tokens. TikTok answers a new refresh token too, and the old one is dead at once:
   * store the new ones before anything else, and never refresh one account twice at a time.
   *
   * After an unclear answer the call is not sent again, because the refresh token may be spent.
   * The caller may try it once more; if that is refused, the creator has to connect again.
   *
   * @throws {TikTokOAuthError} `invalid_grant` if the creator has to connect again.
   * @see {@link https://developers.tiktok.com/doc/oauth-user-access-token-management}
   */
  async refresh(refreshToken: string, options: CallOptions = {}): Promise<UserTokens> {
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return readUserTokens(await this.#post(TOKEN_BY_CREATOR, form, options));
  }

  /**
   * Gets a token of the app itself, for the Research and Commercial Content APIs.
   *
   * @see {@link https://developers.tiktok.com/doc/client-access-token-management}
   */
  async clientCredentials(options: CallOptions = {}): Promise<ClientToken> {
    const form = { grant_type: 'client_credentials' };
    return readClientToken(await this.#post(TOKEN_BY_APP, form, options));
  }

  /**
   * Revokes an access token: the app disappears from the creator's connected apps.
   *
   * @returns In which of the two documented forms TikTok agreed.
   * @throws {TikTokOAuthError} If TikTok refused, which it may do with HTTP 200.
   * @see {@link https://developers.tiktok.com/doc/oauth-user-access-token-management}
   */
  async revoke(accessToken: string, options: CallOptions = {}): Promise<RevokeAnswer> {
    const { isEmpty } = await this.#post(REVOKE, { token: accessToken }, options);
    return { answer: isEmpty ? 'empty_body' : 'empty_object' };
  }

  /**
   * Starts a login by QR code: show the answer's `url` as a QR code, then
   * {@link TikTokOAuth.waitForQrLogin}.
   *
   * @see {@link https://developers.tiktok.com/doc/login-kit-qr-code-authorization}
   */
  async getQrCode(login: QrLoginOptions, options: CallOptions = {}): Promise<QrLogin> {
    const { scopes, state } = login;
    const form = { scope: scopes.join(','), ...(state === undefined ? {} : { state }) };
    return readQrLogin(await this.#post(GET_QRCODE, form, options));
  }

  /**
   * Asks how far a QR login is.
   *
   * @throws {TikTokOAuthError} `qr_ticket_mismatch` if TikTok brings back another login's ticket.
   * @see {@link https://developers.tiktok.com/doc/login-kit-qr-code-authorization}
   */
  async checkQrCode(login: QrLogin, options: CallOptions = {}): Promise<QrLoginCheck> {
    const answer = await this.#post(CHECK_QRCODE, { token: login.token }, options);
    return readQrLoginCheck(answer, login);
  }

  /**
   * Asks again and again until a QR login is confirmed.
   *
   * @returns The confirmed login; exchange its `code` as any other, and check its `state`.
   * @throws {TikTokOAuthError} `qr_expired` if the QR code expired or was used already.
   * @throws {TikTokTimeoutError} If it was not confirmed in time.
   */
  async waitForQrLogin(login: QrLogin, wait: QrLoginWait = {}): Promise<QrLoginCheck> {
    const { intervalMs = 2_000, waitMs = 5 * 60_000, onCheck, ...options } = wait;
    const end = this.#transport.clock().getTime() + waitMs;
    for (;;) {
      const check = await this.checkQrCode(login, options);
      onCheck?.(check);
      if (check.status === 'confirmed') return check;
      if (check.status === 'expired' || check.status === 'utilised') {
        throw loginExpired('qr_expired');
      }
      if (this.#transport.clock().getTime() + intervalMs > end) {
        throw new TikTokTimeoutError({
          code: 'timeout',
          message: `The QR login was not confirmed within ${waitMs} ms`,
          isRepeatSafe: true,
        });
      }
      await this.#transport.sleep(intervalMs, options.signal);
    }
  }

  #post(
    endpoint: Endpoint,
    form: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<FormAnswer> {
    const { path, repeat, isPublic } = endpoint;
    const secret = isPublic ? {} : { client_secret: this.#clientSecret };
    const transport = this.#transport;
    const call = {
      ...options,
      baseUrl: this.#baseUrl,
      path,
      form: { client_key: this.#clientKey, ...secret, ...form },
      transport,
      isRepeatSafe: repeat !== 'when_refused',
    };
    return retry(() => postForm(call), {
      maxRetries: repeat === 'by_caller' ? 0 : DEFAULT_MAX_RETRIES,
      sleep: transport.sleep,
      random: transport.random,
      signal: options.signal,
      mayRepeat: (error: TikTokError) => repeat === 'always' || error instanceof TikTokOAuthError,
    });
  }
}
