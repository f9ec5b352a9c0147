import { TikTokApiError, TikTokNetworkError, TikTokTimeoutError } from '@greenroom/sdk';
import type { CircuitState } from './tables.ts';

/** A circuit as the rules see it. */
export interface Circuit {
  readonly state: CircuitState;
  /** In a row. */
  readonly failures: number;
  /** Accounts of these failures, at most as many as the rule looks at. */
  readonly accounts: readonly string[];
  /** Times that it was opened in a row. */
  readonly openings: number;
  /** Milliseconds from now until a call may try; of one that is not closed. */
  readonly retryInMs: number | null;
}

/** A circuit without failures: it has no row. */
export const CLOSED: Circuit = {
  state: 'closed',
  failures: 0,
  accounts: [],
  openings: 0,
  retryInMs: null,
};

/** What opens a circuit. */
interface Threshold {
  readonly failures: number;
  /** Accounts that must be among them: one account's trouble is not TikTok's. */
  readonly accounts: number;
}

/** When calls for an account, and calls at all, are not made for a while. */
export const THRESHOLDS = {
  account: { failures: 4, accounts: 1 },
  tiktok: { failures: 6, accounts: 2 },
} as const satisfies Record<string, Threshold>;

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 120_000;

/** How long the one call may take that tries whether TikTok is back; then another one may. */
export const PROBE_MS = 30_000;

/** How a circuit stands after a call that TikTok did not answer. */
export function afterFailure(
  circuit: Circuit,
  kind: keyof typeof THRESHOLDS,
  accountId: string,
): Circuit {
  const threshold = THRESHOLDS[kind];
  const failures = circuit.failures + 1;
  const accounts = [...new Set([...circuit.accounts, accountId])].slice(0, threshold.accounts);
  const next = { ...circuit, failures, accounts };
  // Calls that were under way when it opened say nothing new.
  if (circuit.state === 'open') return next;
  const isTooMuch = failures >= threshold.failures && accounts.length >= threshold.accounts;
  if (circuit.state === 'closed' && !isTooMuch) return next;
  const openings = circuit.openings + 1;
  return { ...next, state: 'open', openings, retryInMs: pauseOf(openings) };
}

/** How long nobody calls after an opening: twice as long each time, at most two minutes. */
export function pauseOf(openings: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (openings - 1));
}

/**
 * What a call says about TikTok: `ok` is any answer of it, a refusal too; `away` is none, or that it could not; nothing
 * is what never came to a call, or what the caller gave up.
 */
export function outcomeOf(error: unknown): 'ok' | 'away' | undefined {
  if (error === undefined) return 'ok';
  if (error instanceof TikTokNetworkError || error instanceof TikTokTimeoutError) return 'away';
  if (error instanceof TikTokApiError) return (error.status ?? 0) >= 500 ? 'away' : 'ok';
  return undefined;
}
