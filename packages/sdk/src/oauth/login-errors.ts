import { TikTokOAuthError } from '../errors.ts';

/** Refuses what belongs to a login that was not started here: its code must not be used. */
export function otherLogin(code: string): TikTokOAuthError {
  const explanation = 'This is not the login that was started here. Start again.';
  return new TikTokOAuthError({ code, whoseMove: 'person', explanation });
}

/** Refuses a login that took too long. */
export function loginExpired(code: string): TikTokOAuthError {
  const explanation = 'The login took too long. Start again.';
  return new TikTokOAuthError({ code, whoseMove: 'person', explanation });
}
