import type { WhoseMove } from '@greenroom/sdk';
import { type AccountState, STATE_REASONS, type StateReason } from '../account-state.ts';

/**
 * Why there is no token now: the account is unknown here or disconnected, needs the creator's consent,
 * or cannot be renewed at the moment.
 */
export type UnavailableCode =
  | 'account_unknown'
  | 'account_disconnected'
  | 'reconnect_needed'
  | 'refresh_delayed';

/** What {@link AccountUnavailableError} is made of. */
export interface UnavailableFacts {
  /** The account that was asked for. */
  readonly accountId: string;
  /** Why there is no token. */
  readonly code: UnavailableCode;
  /** The account's state reason, or the code of the failure that delays it. */
  readonly reason: string;
  /** What is the matter, in a sentence. */
  readonly words: string;
  /** Who has to do something. */
  readonly whoseMove: WhoseMove;
  /** When it is tried again by itself, for `refresh_delayed`. */
  readonly retryAt?: Date | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

/** The account has no access token that can be used now. */
export class AccountUnavailableError extends Error {
  override readonly name = 'AccountUnavailableError';
  /** Why there is no token. */
  readonly code: UnavailableCode;
  /** The account that was asked for. */
  readonly accountId: string;
  /** The account's state reason, or the code of the failure that delays it. */
  readonly reason: string;
  /** Who has to do something. */
  readonly whoseMove: WhoseMove;
  /** When it is tried again by itself. */
  readonly retryAt: Date | undefined;

  constructor(facts: UnavailableFacts) {
    super(facts.words, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.accountId = facts.accountId;
    this.reason = facts.reason;
    this.whoseMove = facts.whoseMove;
    this.retryAt = facts.retryAt;
  }

  /** Whether the same wish, some time later, may be granted without anybody doing anything. */
  get isRetryable(): boolean {
    return this.code === 'refresh_delayed';
  }
}

/** There is no such account in the workspace, or it holds no tokens. */
export function accountUnknown(accountId: string): AccountUnavailableError {
  return new AccountUnavailableError({
    accountId,
    code: 'account_unknown',
    reason: 'account_unknown',
    words: 'There is no such account in this workspace.',
    whoseMove: 'person',
  });
}

/** The account is not connected, for this reason; an account that is has none. */
export function accountNotConnected(
  accountId: string,
  state: Exclude<AccountState, 'connected'>,
  stateReason: StateReason | null,
): AccountUnavailableError {
  const reason = stateReason ?? 'authorization_removed';
  const { words, remedy, whoseMove } = STATE_REASONS[reason];
  const code = state === 'disconnected' ? 'account_disconnected' : 'reconnect_needed';
  return new AccountUnavailableError({
    accountId,
    code,
    reason,
    words: `${words} ${remedy}`,
    whoseMove,
  });
}

/** The access token ended, or TikTok refused it, and a new one cannot be got at the moment. */
export function refreshDelayed(
  accountId: string,
  facts: { readonly code: string; readonly retryAt?: Date | undefined; readonly cause?: unknown },
): AccountUnavailableError {
  return new AccountUnavailableError({
    ...facts,
    accountId,
    code: 'refresh_delayed',
    reason: facts.code,
    words: `The access to this account could not be renewed (${facts.code}). Greenroom tries again by itself.`,
    whoseMove: 'nobody',
  });
}
