import { invalidArgument } from '../errors.ts';
import { withSecrets } from '../redact.ts';
import { createCodeVerifier, toCodeChallenge } from './pkce.ts';

/** What to ask the creator for. */
export interface AuthorizeUrlOptions {
  /**
   * Where TikTok sends the browser back: registered for the app, under 512 characters, without
   * query and fragment; `https`, or `http` with a port on `localhost` or `127.0.0.1`, which is
   * TikTok's desktop flow.
   */
  readonly redirectUri: string;
  /** Scopes to ask for, such as `video.publish`; at least one. */
  readonly scopes: readonly string[];
  /** Value of the state that {@link createState} made. */
  readonly state: string;
  /**
   * Proof key of the desktop flow: `hex` sends the SHA-256 of a new verifier in hex, as TikTok
   * wants it. By default `hex` for redirects to loopback, `none` otherwise.
   */
  readonly pkce?: 'none' | 'hex' | undefined;
  /**
   * Shows the consent page even if the browser has a session, so that another account can be
   * connected. Web only: left out for redirects to loopback.
   */
  readonly disableAutoAuth?: boolean | undefined;
}

/**
 * Where to send the creator's browser. The code verifier is a secret: it can be read, but is in no
 * printed form, no JSON and no copy of this object.
 */
export interface AuthorizeRequest {
  /** The consent page. */
  readonly url: string;
  /** Keep it with the state, for the exchange of the code; `undefined` without PKCE. */
  readonly codeVerifier: string | undefined;
}

/** Builds the URL of TikTok's consent page. */
export async function buildAuthorizeRequest(
  app: { readonly authorizeBaseUrl: string; readonly clientKey: string },
  options: AuthorizeUrlOptions,
): Promise<AuthorizeRequest> {
  const { redirectUri, scopes, state, disableAutoAuth } = options;
  const isDesktop = checkRedirectUri(redirectUri);
  if (scopes.length === 0 || scopes.some((scope) => !/^[^\s,]+$/.test(scope))) {
    throw invalidArgument('Ask for at least one scope, each a name of its own.');
  }
  if (state === '') throw invalidArgument('A login needs a state.');
  const parameters = new URLSearchParams({
    client_key: app.clientKey,
    // TikTok's separator is the comma.
    scope: scopes.join(','),
    response_type: 'code',
    redirect_uri: redirectUri,
    state,
  });
  if (disableAutoAuth !== undefined && !isDesktop) {
    parameters.set('disable_auto_auth', disableAutoAuth ? '1' : '0');
  }
  const { pkce = isDesktop ? 'hex' : 'none' } = options;
  const codeVerifier = pkce === 'hex' ? createCodeVerifier() : undefined;
  if (codeVerifier !== undefined) {
    parameters.set('code_challenge', await toCodeChallenge(codeVerifier));
    parameters.set('code_challenge_method', 'S256');
  }
  const url = `${app.authorizeBaseUrl}/v2/auth/authorize/?${parameters}`;
  return withSecrets({ url }, { codeVerifier });
}

/** Checks TikTok's rules of registration, and tells whether it is the desktop flow. */
function checkRedirectUri(redirectUri: string): boolean {
  const url = URL.parse(redirectUri);
  const isLoopback = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  // Looked for in the text: a parsed URL does not tell the port that its scheme has anyway.
  const hasPort = /^\w+:\/\/[^/]*:\d+(\/|$)/.test(redirectUri);
  if (
    !isSafe ||
    (isLoopback && !hasPort) ||
    redirectUri.length >= 512 ||
    /[?#]/.test(redirectUri)
  ) {
    throw invalidArgument(
      'A redirect URI is absolute, under 512 characters, without query and fragment, and https unless it is on localhost or 127.0.0.1, where it has a port.',
    );
  }
  return isLoopback;
}
