import { randomUUID } from 'node:crypto';
import type { BetterAuthOptions } from 'better-auth';
import { hashPassword, verifyPassword } from './password-hash.ts';

/** Shortest password that a person may choose, in characters. */
export const MIN_PASSWORD_LENGTH = 12;

/** Longest password that is hashed, in characters. */
export const MAX_PASSWORD_LENGTH = 1000;

/** Longest life of a session from sign-in, in days, however much it is used. The cookie lives as long. */
export const LONGEST_SESSION_DAYS = 30;

/** How long a session may lie unused, in days. */
export const IDLE_SESSION_DAYS = 7;

const stamps = { createdAt: 'created_at', updatedAt: 'updated_at' };

/**
 * What better-auth is to us: people, passwords and browser sessions, and nothing else.
 *
 * Nobody signs up by it, its routes are not served, and it sends nothing anywhere. Its limits and its check of
 * the origin stand in its routes, so ours do that work (`sign-in-limits.ts`, `same-origin.ts`).
 *
 * @param isHttps - Whether browsers reach us by https: cookies are `Secure` then and bound to our host by name.
 * @param passwordCost - Binary logarithm of scrypt's N, for passwords that are set.
 */
export function identityOptions(isHttps: boolean, passwordCost: number) {
  return {
    baseURL: 'http://greenroom.invalid',
    user: {
      modelName: 'people',
      fields: { emailVerified: 'email_verified', ...stamps },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'person_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...stamps,
      },
      expiresIn: LONGEST_SESSION_DAYS * 86_400,
      // Ours slides by Greenroom's clock (`identity.ts`).
      disableSessionRefresh: true,
    },
    account: {
      modelName: 'credentials',
      fields: {
        userId: 'person_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...stamps,
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', ...stamps },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: MAX_PASSWORD_LENGTH,
      password: {
        hash: (password) => hashPassword(password, passwordCost),
        verify: ({ hash, password }) => verifyPassword(hash, password),
      },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      cookiePrefix: 'greenroom',
      // `__Host-` in place of better-auth's `__Secure-`: no subdomain can set the cookie in our place.
      useSecureCookies: false,
      cookies: { session_token: { name: sessionCookieName(isHttps) } },
      defaultCookieAttributes: {
        httpOnly: true,
        sameSite: 'strict',
        secure: isHttps,
        path: '/',
      },
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => randomUUID(), validateSchema: false },
    },
  } satisfies BetterAuthOptions;
}

/** Name of the cookie that carries a session. */
export function sessionCookieName(isHttps: boolean): string {
  return isHttps ? '__Host-greenroom_session' : 'greenroom_session';
}
