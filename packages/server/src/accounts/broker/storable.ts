/**
 * Makes what TikTok answers fit for the database. An answer to a refresh is the only copy of an
 * account's tokens: nothing odd beside them may keep them from being stored.
 */

const LONGEST_LIFETIME_MS = 10 * 365 * 86_400_000;
const LONGEST_CODE = 100;
const MOST_SCOPES = 100;

/** An error code, as far as it can be stored: short, and of the characters that codes have. */
export function toStorableCode(code: string): string {
  return code.slice(0, LONGEST_CODE).replaceAll(/[^\w.:-]/g, '_') || 'unknown';
}

/** The scopes that can be stored; no real one has other characters, or any great length. */
export function toStorableScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => /^[\w.:-]{1,100}$/.test(scope)).slice(0, MOST_SCOPES);
}

/** A lifetime in milliseconds that the database can count with; a `Date` beyond all time gives NaN. */
export function toStorableLifetimeMs(ms: number): number {
  if (Number.isNaN(ms)) return LONGEST_LIFETIME_MS;
  return Math.min(Math.max(ms, 0), LONGEST_LIFETIME_MS);
}
