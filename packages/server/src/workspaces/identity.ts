import { sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import { type Database, inInstallation } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type AuthEngine, loadAuthEngine, type StoredSession } from './auth-engine.ts';
import { IDLE_SESSION_DAYS, LONGEST_SESSION_DAYS, sessionCookieName } from './identity-options.ts';
import { SignInLimits } from './sign-in-limits.ts';

/** What {@link Identity} needs. */
export interface IdentityOptions {
  readonly database: Database;
  /** Gives keys that are the same in every process, and in no configuration. */
  readonly vault: { deriveKey(purpose: string): Buffer };
  /** Base URL by which people reach us. */
  readonly publicUrl: string;
  /** Attempts to sign in that one address may make in a minute. */
  readonly signInAttemptsPerMinute: number;
  /** Binary logarithm of scrypt's N, for passwords that are set. */
  readonly passwordCost: number;
  /** Hears of failures inside better-auth. */
  readonly onError: (message: string) => void;
}

/** An attempt to sign in. */
export interface SignInAttempt {
  readonly email: string;
  readonly password: string;
  /** IP address of whoever tries. */
  readonly address: string;
  /** What the browser calls itself; kept with the session. */
  readonly userAgent: string;
}

/** A session that was begun, and the whole `Set-Cookie` lines that carry it. */
export interface BegunSession {
  readonly session: StoredSession;
  readonly cookies: readonly string[];
}

/**
 * People, passwords and browser sessions of the installation.
 *
 * better-auth does the work and is loaded when the first browser comes. A session ends when it lay unused for
 * {@link IDLE_SESSION_DAYS}, {@link LONGEST_SESSION_DAYS} after sign-in in any case, at sign-out, and when the
 * password changes; all by Greenroom's clock.
 */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #limits: SignInLimits;
  readonly #isHttps: boolean;
  #engine: Promise<AuthEngine> | undefined;

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#isHttps = options.publicUrl.startsWith('https:');
    this.#limits = new SignInLimits(
      options.database,
      options.vault.deriveKey('attempts to sign in'),
      options.signInAttemptsPerMinute,
    );
  }

  /**
   * Signs a person in.
   *
   * @throws {ProblemError} `sign-in-failed`, or `too-many-sign-ins` before the password is looked at.
   */
  async signIn(attempt: SignInAttempt): Promise<BegunSession> {
    await this.#countAttempt(attempt.email, attempt.address);
    const begun = await this.begin(attempt);
    await this.#limits.forget(attempt);
    return begun;
  }

  /**
   * Signs in somebody whose password is known to be right, such as a person who has just joined. It counts as no
   * attempt, so never call it with what a stranger typed.
   */
  async begin({
    email,
    password,
    userAgent,
  }: Omit<SignInAttempt, 'address'>): Promise<BegunSession> {
    const engine = await this.#load();
    const begun = await engine.signIn({ email, password }, userAgent.slice(0, 500));
    if (begun === undefined) {
      throw new ProblemError('sign-in-failed', 'The e-mail address or the password is wrong.');
    }
    await this.#record('person.signed_in', begun.session.person.id);
    return begun;
  }

  /** The living session that a `Cookie` header carries. It is kept alive by being asked for. */
  async findSession(cookieHeader: string | undefined): Promise<StoredSession | undefined> {
    if (!this.#carriesSession(cookieHeader)) return undefined;
    const session = await (await this.#load()).findSession(cookieHeader);
    if (session === undefined) return undefined;
    const now = this.#options.database.clock.now().getTime();
    if (session.expiresAt.getTime() <= now) return undefined;
    const isFresh = session.updatedAt.getTime() > now - HOUR_MS;
    return isFresh ? session : this.#prolong(session);
  }

  /** Ends the session that a `Cookie` header carries. Returns the cookie that clears it. */
  async signOut(cookieHeader: string, personId: string): Promise<readonly string[]> {
    const { cookies } = await (await this.#load()).signOut(cookieHeader);
    await this.#record('person.signed_out', personId);
    return cookies;
  }

  /**
   * Changes the password of whoever is signed in, ends all sessions of the person and begins a new one.
   *
   * @returns Whole `Set-Cookie` lines of the new session.
   * @throws {ProblemError} `sign-in-failed` when the present password is wrong, or `too-many-sign-ins`.
   */
  async changePassword(
    cookieHeader: string,
    { person }: StoredSession,
    passwords: { readonly current: string; readonly next: string },
    address: string,
  ): Promise<readonly string[]> {
    await this.#countAttempt(person.email, address);
    const changed = await (await this.#load()).changePassword(cookieHeader, passwords);
    if (changed === undefined) {
      throw new ProblemError('sign-in-failed', 'The present password is wrong.');
    }
    await this.#limits.forget({ email: person.email, address });
    await this.#record('person.password_changed', person.id);
    return changed.cookies;
  }

  async #countAttempt(email: string, address: string): Promise<void> {
    const retryAfterSeconds = await this.#limits.count({ email, address });
    if (retryAfterSeconds === undefined) return;
    throw new ProblemError(
      'too-many-sign-ins',
      'There were too many attempts. Wait a while, then try again.',
      { retryAfterSeconds },
    );
  }

  #load(): Promise<AuthEngine> {
    const { database, vault, passwordCost, onError } = this.#options;
    this.#engine ??= loadAuthEngine({
      database,
      secret: vault.deriveKey('cookies of browser sessions').toString('base64url'),
      isHttps: this.#isHttps,
      passwordCost,
      onError,
    });
    return this.#engine;
  }

  #carriesSession(cookieHeader: string | undefined): cookieHeader is string {
    return cookieHeader?.includes(`${sessionCookieName(this.#isHttps)}=`) ?? false;
  }

  async #prolong(session: StoredSession): Promise<StoredSession> {
    const { rows } = await sql<{ expires_at: Date }>`
      update identity.sessions set updated_at = app_now(), expires_at = least(
        app_now() + make_interval(days => ${IDLE_SESSION_DAYS}),
        created_at + make_interval(days => ${LONGEST_SESSION_DAYS}))
      where id = ${session.id}
      returning expires_at`.execute(this.#options.database.kysely);
    return { ...session, expiresAt: rows[0]?.expires_at ?? session.expiresAt };
  }

  async #record(
    action: 'person.signed_in' | 'person.signed_out' | 'person.password_changed',
    personId: string,
  ): Promise<void> {
    await inInstallation(this.#options.database, (tx) =>
      recordActivity(tx, { actor: { kind: 'person', id: personId }, action, reason: 'browser' }),
    );
  }
}

const HOUR_MS = 3_600_000;
