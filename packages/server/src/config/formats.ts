import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A whole number within bounds, both inclusive, written in digits. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .refine(
      (text) => /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `takes a whole number from ${least} to ${most}`,
    )
    .transform(Number);
}

/** Yes or no, in the spellings that people use in an environment. */
export function yesOrNo() {
  return z
    .string()
    .refine((text) => /^(true|false|1|0|yes|no)$/i.test(text), 'takes true or false')
    .transform((text) => /^(true|1|yes)$/i.test(text));
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
}

/** The base URL of a site: a scheme, a host, perhaps a port, and no path; without its trailing slash. */
export function origin() {
  return z
    .string()
    .refine(isOrigin, 'takes a base URL without a path, such as https://greenroom.example.com')
    .transform((text) => new URL(text).origin);
}

/** Any http or https URL, as it stands. */
export function httpUrl() {
  return z
    .string()
    .refine(
      (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'takes an http or https URL',
    );
}

/** The URL of a PostgreSQL database. */
export function databaseUrl() {
  return z
    .string()
    .refine(
      (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
      'takes postgres://user:password@host:5432/database',
    );
}

/** Parts of a list, separated by commas. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
}

/** A token that is only ever compared: its SHA-256 is kept, and the token is not. */
export function comparedToken(leastLength: number) {
  return z
    .string()
    .min(leastLength, `takes at least ${leastLength} characters`)
    .transform((text) => createHash('sha256').update(text).digest());
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
}
