import { hash, randomBytes } from 'node:crypto';

const PREFIX = 'grk_';
const TOKEN_BYTES = 32;

/** Characters at the end of a key that are kept, so that a person can tell keys apart. */
const END_LENGTH = 4;

/** An API key as it is handed out, and what is stored of it. */
export interface NewApiKeyToken {
  /** The key itself: shown once, stored nowhere. */
  readonly token: string;
  readonly hash: Buffer;
  readonly end: string;
}

/** Makes an API key: 32 random bytes. */
export function makeApiKeyToken(): NewApiKeyToken {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashToken(token), end: token.slice(-END_LENGTH) };
}

/** Whether a text has the form of an API key. */
export function isApiKeyToken(text: string): boolean {
  return /^grk_[\w-]{43}$/.test(text);
}

/** SHA-256 of a token of 32 random bytes: nothing slower is needed for what cannot be guessed. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
