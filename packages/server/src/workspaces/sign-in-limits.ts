import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** Wrong passwords that one person may be tried with, from one network, in a quarter of an hour. */
export const MAX_ATTEMPTS_PER_EMAIL_AND_NETWORK = 10;

/**
 * Wrong passwords that one person may be tried with, from wherever, in a quarter of an hour. It is more than one
 * network may try: no single stranger keeps a person out.
 */
export const MAX_ATTEMPTS_PER_EMAIL = 100;

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
  async count(subjects: SignInSubjects): Promise<number | undefined> {
    const { network, person, personInNetwork } = this.#hashes(subjects);
    const limits = [
      [network, this.#maxPerAddress, ADDRESS_WINDOW_SECONDS],
      [personInNetwork, MAX_ATTEMPTS_PER_EMAIL_AND_NETWORK, EMAIL_WINDOW_SECONDS],
      [person, MAX_ATTEMPTS_PER_EMAIL, EMAIL_WINDOW_SECONDS],
    ] as const;
    for (const [subject, max, seconds] of limits) {
      const wait = await this.#countOne(subject, max, seconds);
      // Whoever is over a limit must not go on to use up a wider one, which others share.
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  /** Forgets the attempts on a person, who has shown the right password there. */
  async forget(subjects: SignInSubjects): Promise<void> {
    const { person, personInNetwork } = this.#hashes(subjects);
    await this.#database.kysely
      .deleteFrom('identity.sign_in_attempts')
      .where('subject', 'in', [person, personInNetwork])
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

  #hashes({ email, address }: SignInSubjects) {
    const network = toNetwork(address);
    const person = email.normalize('NFC').toLowerCase();
    return {
      network: this.#hash(`address:${network}`),
      person: this.#hash(`email:${person}`),
      personInNetwork: this.#hash(`both:${network}:${person}`),
    };
  }

  #hash(subject: string): Buffer {
    return createHmac('sha256', this.#key).update(subject).digest();
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
