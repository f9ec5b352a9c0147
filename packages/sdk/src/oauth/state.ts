import { toBase64Url } from '../bytes.ts';
import { type Clock, systemClock } from '../clock.ts';
import { isEqualInConstantTime } from '../constant-time.ts';
import { loginExpired, otherLogin } from './login-errors.ts';

/** Ties the redirect back to the login that was started here. Keep it in the browser's session. */
export interface OAuthState {
  /** What goes into the authorize URL and comes back: 32 random bytes in base64url. */
  readonly value: string;
  /** When the login has taken too long. */
  readonly expiresAt: Date;
}

/** Options of {@link createState}. */
export interface StateOptions {
  /** How long a login may take, in milliseconds; 30 minutes by default. */
  readonly lifetimeMs?: number | undefined;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a new state for one login.
 *
 * Keep it where only the browser that starts the login can bring it back (a session, a signed
 * cookie), give it to {@link parseCallback} once, and forget it.
 *
 * @example
 * ```ts
 * import { createState, parseCallback } from '@greenroom/sdk/oauth';
 *
 * const state = createState();
 * const url = `https://app.example.com/callback?code=c0de&scopes=video.list&state=${state.value}`;
 * const { code } = parseCallback(url, { state });
 * ```
 */
export function createState(options: StateOptions = {}): OAuthState {
  const { lifetimeMs = 30 * 60_000, clock = systemClock } = options;
  return {
    value: toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
    expiresAt: new Date(clock().getTime() + lifetimeMs),
  };
}

/**
 * Checks that a state came back as it was sent, in constant time, and in time.
 *
 * @param received - The `state` of the redirect.
 * @throws {TikTokOAuthError} `state_mismatch` or `state_expired`.
 */
export function verifyState(
  expected: OAuthState,
  received: string | null | undefined,
  clock: Clock = systemClock,
): void {
  // An empty expectation would accept a login that nobody started.
  const isOurs = expected.value !== '' && isEqualInConstantTime(expected.value, received ?? '');
  if (!isOurs) {
    throw otherLogin('state_mismatch');
  }
  // Stored states come back with their date as text.
  if (!(clock() < new Date(expected.expiresAt))) {
    throw loginExpired('state_expired');
  }
}
