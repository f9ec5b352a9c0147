import type { Database } from '../db/database.ts';
import { IDLE_SESSION_DAYS, identityOptions } from './identity-options.ts';

/** A person of the installation. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** A browser session, as it is stored. */
export interface StoredSession {
  readonly id: string;
  readonly person: Person;
  readonly expiresAt: Date;
  /** When its end was last moved. */
  readonly updatedAt: Date;
}

/** What we use of better-auth, in our words. `cookies` are whole `Set-Cookie` lines. */
export interface AuthEngine {
  /** Signs in; `undefined` when the e-mail address or the password is wrong, after the same work for both. */
  signIn(
    credentials: { readonly email: string; readonly password: string },
    userAgent: string,
  ): Promise<{ readonly session: StoredSession; readonly cookies: readonly string[] } | undefined>;
  /** The session that a `Cookie` header carries, when its signature is right and the machine's clock has not ended it. */
  findSession(cookieHeader: string): Promise<StoredSession | undefined>;
  /** Deletes the session that a `Cookie` header carries. */
  signOut(cookieHeader: string): Promise<{ readonly cookies: readonly string[] }>;
  /** Sets a new password, ends all sessions of the person and begins a new one; `undefined` when the present password is wrong. */
  changePassword(
    cookieHeader: string,
    passwords: { readonly current: string; readonly next: string },
  ): Promise<{ readonly cookies: readonly string[] } | undefined>;
}

/** What {@link loadAuthEngine} needs. */
export interface AuthEngineOptions {
  readonly database: Database;
  /** Signs the cookies. The same in every process. */
  readonly secret: string;
  /** Whether browsers reach us by https. */
  readonly isHttps: boolean;
  /** Binary logarithm of scrypt's N, for passwords that are set. */
  readonly passwordCost: number;
  /** Hears of what better-auth would print. */
  readonly onError: (message: string) => void;
}

/**
 * Loads better-auth. It costs half a second and 50 MB, so a process that meets no browser never pays.
 *
 * Its routes are not served: the functions behind them are called, and the cookies they make are passed on.
 */
export async function loadAuthEngine(options: AuthEngineOptions): Promise<AuthEngine> {
  const { betterAuth } = await import('better-auth');
  const { api } = betterAuth({
    ...identityOptions(options.isHttps, options.passwordCost),
    database: { db: options.database.kysely, type: 'postgres', schemaName: 'identity' },
    secret: options.secret,
    logger: {
      // Lower levels tell of wrong passwords, with the e-mail address.
      level: 'error',
      log: (_level, message) => options.onError(message),
    },
    databaseHooks: {
      session: { create: { before: async (session) => ({ data: startByClock(session) }) } },
    },
  });

  function startByClock<Session>(session: Session) {
    const now = options.database.clock.now();
    const expiresAt = new Date(now.getTime() + IDLE_SESSION_DAYS * 86_400_000);
    return { ...session, createdAt: now, updatedAt: now, expiresAt };
  }

  async function findSession(cookieHeader: string): Promise<StoredSession | undefined> {
    const found = await api.getSession({
      headers: new Headers({ cookie: cookieHeader }),
      query: { disableRefresh: true },
    });
    if (found === null) return undefined;
    const { session, user } = found;
    return {
      id: session.id,
      person: { id: user.id, name: user.name, email: user.email },
      expiresAt: session.expiresAt,
      updatedAt: session.updatedAt,
    };
  }

  return {
    findSession,

    async signIn({ email, password }, userAgent) {
      const headers = new Headers({ 'user-agent': userAgent });
      const answer = await refusedAsUndefined(
        api.signInEmail({ body: { email, password }, headers, returnHeaders: true }),
      );
      if (answer === undefined) return undefined;
      const cookies = answer.headers.getSetCookie();
      const session = await findSession(toCookieHeader(cookies));
      return session && { session, cookies };
    },

    async signOut(cookieHeader) {
      const answer = await api.signOut({
        headers: new Headers({ cookie: cookieHeader }),
        returnHeaders: true,
      });
      return { cookies: answer.headers.getSetCookie() };
    },

    async changePassword(cookieHeader, { current, next }) {
      const answer = await refusedAsUndefined(
        api.changePassword({
          body: { currentPassword: current, newPassword: next, revokeOtherSessions: true },
          headers: new Headers({ cookie: cookieHeader }),
          returnHeaders: true,
        }),
      );
      return answer && { cookies: answer.headers.getSetCookie() };
    },
  };
}

/** What a browser would send back of `Set-Cookie` lines. */
function toCookieHeader(cookies: readonly string[]): string {
  return cookies.map((line) => line.split(';', 1).join('')).join('; ');
}

/** better-auth throws what we answer; anything but a refused password is thrown on. */
async function refusedAsUndefined<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (isRefusedPassword(error)) return undefined;
    throw error;
  }
}

function isRefusedPassword(error: unknown): boolean {
  if (!(error instanceof Error) || !('body' in error)) return false;
  const { body } = error;
  if (typeof body !== 'object' || body === null || !('code' in body)) return false;
  return body.code === 'INVALID_EMAIL_OR_PASSWORD' || body.code === 'INVALID_PASSWORD';
}
