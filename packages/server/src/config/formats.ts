import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { Hidden } from './hidden.ts';

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

/** The URL of a PostgreSQL database; its password is never printed. */
export function databaseUrl() {
  return z
    .string()
    .refine(
      (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '') && isDecodable(text),
      'takes postgres://user:password@host:5432/database, where % is written as %25',
    )
    .transform((text) => new Hidden(text));
}

/** Addresses, and networks such as `10.0.0.0/8`, separated by commas. */
export function networks() {
  return z
    .string()
    .transform(toParts)
    .refine(
      (parts) => parts.every(isNetwork),
      'takes addresses or networks separated by commas, such as 127.0.0.1, 10.0.0.0/8',
    );
}

/** Headers of HTTP as `name=value` separated by commas, values percent-encoded where they must be; never printed. */
export function headers() {
  return z
    .string()
    .refine(
      (text) => isDecodable(text) && toParts(text).every(isHeader),
      'takes name=value separated by commas, where % is written as %25',
    )
    .transform((text) => new Hidden(Object.fromEntries(toParts(text).map(toHeader))));
}

/** A token that is only ever compared: its SHA-256 is kept, and the token is not. */
export function comparedToken(leastLength: number) {
  return z
    .string()
    .min(leastLength, `takes at least ${leastLength} characters`)
    .transform((text) => createHash('sha256').update(text).digest());
}

function toParts(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  const isWithin = (most: number) => Number(bits) >= 1 && Number(bits) <= most;
  return bits === undefined || (/^\d+$/.test(bits) && isWithin(version === 4 ? 32 : 128));
}

function toHeader(part: string): [name: string, value: string] {
  const [name = '', ...value] = part.split('=');
  return [name.trim(), decodeURIComponent(value.join('=').trim())];
}

function isHeader(part: string): boolean {
  const [name, value] = toHeader(part);
  const isWritable = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t -~\u0080-\u00ff]*$/.test(value);
  return part.includes('=') && isWritable;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
}
