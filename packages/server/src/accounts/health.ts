import {
  type AccountState,
  explainState,
  type HealthReason,
  type StateReason,
} from './account-state.ts';
import { SCOPES } from './scopes.ts';

/** What the health of an account is judged by. */
export interface HealthFacts {
  /** Where the account stands. */
  readonly state: AccountState;
  /** Why it is not connected; `null` if it is. */
  readonly stateReason: StateReason | null;
  /** Granted scopes. */
  readonly scopes: readonly string[];
  /** Scopes that the last connection asked for. */
  readonly scopesAsked: readonly string[];
  /** The tokens, if there are any. */
  readonly tokens: TokenFacts | undefined;
}

/** What is known of an account's tokens without reading them. */
export interface TokenFacts {
  /** When the access token ends. */
  readonly accessExpiresAt: Date;
  /** When the refresh token ends, and the authorization with it; `null` if TikTok did not say. */
  readonly refreshExpiresAt: Date | null;
  /** When renewing them began to fail; `null` if the last try worked. */
  readonly failingSince: Date | null;
  /** TikTok's code, or one of the SDK's, of the last failure. */
  readonly lastFailureCode: string | null;
}

/** How an account is. */
export interface Health {
  /** Whether there is nothing to tell. */
  readonly isHealthy: boolean;
  /** What a person should know, most pressing first. */
  readonly reasons: readonly HealthReason[];
}

// A refresh that fails once or twice is TikTok's hiccup; half an hour of it is worth a word.
const FAILING_AFTER_MS = 30 * 60_000;
// TikTok may count its 180 days from the first consent, whatever is renewed (reference 1.6.2).
const ENDING_WITHIN_MS = 14 * 24 * 3_600_000;

/** Judges an account, and says what is the matter in words. */
export function judgeHealth(facts: HealthFacts, now: Date): Health {
  const reasons =
    facts.stateReason === null
      ? [...judgeTokens(facts.tokens, now), ...judgeScopes(facts)]
      : [explainState(facts.stateReason)];
  return { isHealthy: reasons.length === 0, reasons };
}

function judgeTokens(tokens: TokenFacts | undefined, now: Date): HealthReason[] {
  if (tokens === undefined) return [];
  const reasons: HealthReason[] = [];
  const { failingSince, lastFailureCode, accessExpiresAt, refreshExpiresAt } = tokens;
  if (failingSince !== null && isCredentialFailure(lastFailureCode)) {
    reasons.push({
      code: 'app_credentials_refused',
      words: `TikTok refuses the app's client key or secret (${lastFailureCode}), since ${at(failingSince)}; the access token ends ${at(accessExpiresAt)}.`,
      remedy: "Enter the app's present client secret; a sandbox has its own.",
      whoseMove: 'developer',
    });
  } else if (failingSince !== null && isDue(failingSince, accessExpiresAt, now)) {
    reasons.push({
      code: 'refresh_failing',
      words: `The access could not be renewed since ${at(failingSince)} (${lastFailureCode ?? 'no answer'}); the access token ends ${at(accessExpiresAt)}.`,
      remedy: 'Greenroom keeps trying; check that this server reaches TikTok.',
      whoseMove: 'nobody',
    });
  }
  if (refreshExpiresAt !== null && refreshExpiresAt.getTime() - now.getTime() < ENDING_WITHIN_MS) {
    reasons.push({
      code: 'authorization_ending',
      words: `The authorization ends ${at(refreshExpiresAt)}, and TikTok has not prolonged it.`,
      remedy: 'Have the creator connect the account again before then.',
      whoseMove: 'creator',
    });
  }
  return reasons;
}

/** Whether a failure is worth a word: it lasts, or there is no valid token any more. */
function isDue(failingSince: Date, accessExpiresAt: Date, now: Date): boolean {
  return now.getTime() - failingSince.getTime() >= FAILING_AFTER_MS || accessExpiresAt <= now;
}

function isCredentialFailure(code: string | null): boolean {
  return code === 'invalid_client' || code === 'unauthorized_client';
}

/** What was asked for and withheld; what nobody asked for is no ailment. */
function judgeScopes({ scopes, scopesAsked }: HealthFacts): HealthReason[] {
  const missing = SCOPES.filter(
    ({ scope }) => scopesAsked.includes(scope) && !scopes.includes(scope),
  );
  return missing.map(({ scope, costs }) => ({
    code: 'scope_missing',
    words: `The creator did not grant ${scope}. ${costs}`,
    remedy: `Connect the account again and leave ${scope} switched on.`,
    whoseMove: 'creator',
  }));
}

function at(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
