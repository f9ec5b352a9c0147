import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** Wrong passwords that one person may be tried with, from wherever, in a quarter of an hour. */
export const MAX_ATTEMPTS_PER_EMAIL = 10;

/** How long attempts on one person are counted, in seconds. */
const EMAIL_WINDOW_SECONDS = 15 * 60;

const ADDRESS_WINDOW_SECONDS = 60;

/** Who tries to sign in, and as whom. */
export interface SignInSubjects {
  /** As it was typed. */
  readonly email: string;
  /** IP address of whoever tries. */
  readonly address: string;
}

/**
 * Counts attempts to sign in, for all processes together.
 *
 * An attempt is counted before its password is looked at, so that a thousand at once are not a thousand guesses.
 */
export class SignInLimits {
  readonly #database: Database;
  readonly #key: Buffer;
  readonly #maxPerAddress: number;

  /**
   * @param key - Subjects are stored under a hash with this key: people type passwords into the field above.
   * @param maxPerAddress - Attempts that one address may make in a minute.
   */
  constructor(database: Database, key: Buffer, maxPerAddress: number) {
    this.#database = database;
    this.#key = key;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Counts an attempt. Returns how many seconds to wait before the next one, or `undefined` when this one may go on. */
  async count({ email, address }: SignInSubjects): Promise<number | undefined> {
    const byAddress = await this.#countOne(
      this.#hash('address', toNetwork(address)),
      this.#maxPerAddress,
      ADDRESS_WINDOW_SECONDS,
    );
    // An address that is over its limit must not go on to use up the attempts of a person.
    if (byAddress !== undefined) return byAddress;
    return this.#countOne(this.#hashEmail(email), MAX_ATTEMPTS_PER_EMAIL, EMAIL_WINDOW_SECONDS);
  }

  /** Forgets the attempts on a person, who has shown the right password. */
  async forget(email: string): Promise<void> {
    await this.#database.kysely
      .deleteFrom('identity.sign_in_attempts')
      .where('subject', '=', this.#hashEmail(email))
      .execute();
  }

  async #countOne(subject: Buffer, max: number, seconds: number): Promise<number | undefined> {
    const { rows } = await sql<{ attempts: number; seconds_left: number }>`
      insert into identity.sign_in_attempts as counted (subject, attempts, ends_at)
      values (${subject}, 1, app_now() + make_interval(secs => ${seconds}))
      on conflict (subject) do update set
        attempts = case when counted.ends_at <= app_now() then 1 else counted.attempts + 1 end,
        ends_at = case when counted.ends_at <= app_now() then excluded.ends_at else counted.ends_at end
      returning attempts, ceil(extract(epoch from ends_at - app_now()))::int as seconds_left`.execute(
      this.#database.kysely,
    );
    const [counted] = rows;
    return counted !== undefined && counted.attempts > max
      ? Math.max(1, counted.seconds_left)
      : undefined;
  }

  #hashEmail(email: string): Buffer {
    return this.#hash('email', email.normalize('NFC').toLowerCase());
  }

  #hash(kind: 'address' | 'email', subject: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}:${subject}`).digest();
  }
}

/** The address itself; of IPv6 the first 64 bits, for whoever has one such address has them all. */
export function toNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1).join('').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
