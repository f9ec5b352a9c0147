import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Person } from './auth-engine.ts';
import { hashPassword } from './password-hash.ts';

/** What somebody who joins as a new person says. */
export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A new person with the password hashed: hashing takes a while, and no transaction waits for it. */
export interface PreparedPerson extends Person {
  readonly passwordHash: string;
}

/**
 * Checks and hashes what a new person says.
 *
 * @param passwordCost - Binary logarithm of scrypt's N.
 * @throws {ProblemError} `weak-password`.
 */
export async function preparePerson(
  { name, email, password }: NewPerson,
  passwordCost: number,
): Promise<PreparedPerson> {
  requireGoodPassword(password, { name, email });
  const passwordHash = await hashPassword(password, passwordCost);
  return { id: randomUUID(), name, email: email.toLowerCase(), passwordHash };
}

/**
 * Stores a new person, as better-auth would; in our own transaction, so that a person and what the invitation
 * gives are stored together or not at all.
 *
 * @throws {ProblemError} `email-taken`.
 */
export async function insertPerson(tx: Transaction, person: PreparedPerson): Promise<void> {
  const { rows } = await sql`
    insert into identity.people (id, name, email, email_verified, created_at, updated_at)
    values (${person.id}, ${person.name}, ${person.email}, false, app_now(), app_now())
    on conflict (email) do nothing
    returning id`.execute(tx);
  if (rows.length === 0) {
    throw new ProblemError(
      'email-taken',
      'Somebody has this e-mail address here already. If it is you, sign in and open the link again.',
    );
  }
  await sql`
    insert into identity.credentials
      (id, person_id, provider_id, account_id, password, created_at, updated_at)
    values (${randomUUID()}, ${person.id}, 'credential', ${person.id}, ${person.passwordHash},
      app_now(), app_now())`.execute(tx);
}

/**
 * Refuses a password that somebody who knows the person would try, or that is hardly one. Its length is the
 * contract's matter.
 *
 * @param pointer - Where the password stands in the body.
 * @throws {ProblemError} `weak-password`.
 */
export function requireGoodPassword(
  password: string,
  { name, email }: { readonly name: string; readonly email: string },
  pointer = '/person/password',
): void {
  const plain = password.toLowerCase();
  const known = [name, email, email.split('@', 1).join('')].map((text) => text.toLowerCase());
  const rest = known
    .filter((text) => text.length >= 4)
    .reduce((left, text) => left.replaceAll(text, ''), plain);
  if (new Set(rest).size >= 5 && rest.length >= 6) return;
  throw new ProblemError(
    'weak-password',
    'This password is easy to guess. Choose several words that have nothing to do with each other.',
    { errors: [{ in: 'body', pointer, detail: 'This password is easy to guess.' }] },
  );
}
