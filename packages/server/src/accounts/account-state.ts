import type { WhoseMove } from '@greenroom/sdk';

/**
 * Where an account stands. `connected`: we hold tokens that TikTok has not refused.
 * `reconnect_needed`: only the creator's new consent helps. `disconnected`: given up, by a person or
 * because TikTok has no such account any more. Scheduled posts of either wait.
 */
export type AccountState = 'connected' | 'reconnect_needed' | 'disconnected';

/** Something that a person should know about an account, and what to do about it. */
export interface HealthReason {
  /** Machine-readable name. */
  readonly code: string;
  /** What is the matter, in a sentence. */
  readonly words: string;
  /** What helps, in a sentence. */
  readonly remedy: string;
  /** Who has to do it. */
  readonly whoseMove: WhoseMove;
}

type Explained = Omit<HealthReason, 'code'>;

const CONNECT_AGAIN = 'Connect the account again.';

/** Why an account is not connected. Each account that is not has exactly one of these. */
export const STATE_REASONS = {
  disconnected_by_person: {
    words: 'A person disconnected this account in Greenroom, and its tokens were deleted.',
    remedy: 'Connect the account again to use it.',
    whoseMove: 'person',
  },
  authorization_removed: {
    words: 'TikTok ended the access to this account and gave no reason.',
    remedy: CONNECT_AGAIN,
    whoseMove: 'creator',
  },
  removed_by_creator: {
    words: 'The creator removed the app in TikTok.',
    remedy: 'Have the creator connect the account again.',
    whoseMove: 'creator',
  },
  account_deleted: {
    words: 'The creator deleted the TikTok account.',
    remedy: 'If the creator restores the account at TikTok, connect it again.',
    whoseMove: 'creator',
  },
  age_changed: {
    words: "TikTok ended the access because the age of the account's owner changed.",
    remedy: 'Have the creator check the age in TikTok, then connect the account again.',
    whoseMove: 'creator',
  },
  account_banned: {
    words: 'TikTok has banned the account.',
    remedy: 'The creator can appeal in the TikTok app; connect the account again afterwards.',
    whoseMove: 'creator',
  },
  revoked_by_app: {
    words: "The access was revoked with the app's own credentials, outside Greenroom.",
    remedy: CONNECT_AGAIN,
    whoseMove: 'developer',
  },
  refresh_refused: {
    words: 'TikTok refused to renew the access: the authorization was removed or has ended.',
    remedy: CONNECT_AGAIN,
    whoseMove: 'creator',
  },
  refresh_lost: {
    words:
      'The answer with the new tokens was lost on its way, and TikTok takes the old ones no more.',
    remedy: CONNECT_AGAIN,
    whoseMove: 'person',
  },
  refresh_expired: {
    words: 'The authorization ended: it was not renewed in the time that TikTok gives.',
    remedy: CONNECT_AGAIN,
    whoseMove: 'person',
  },
  master_key_lost: {
    words: 'The tokens could not be opened any more: the master key was lost and given up.',
    remedy: CONNECT_AGAIN,
    whoseMove: 'person',
  },
  refresh_other_identity: {
    words: 'TikTok answered the renewal with the tokens of another account; they were thrown away.',
    remedy: "Check the app's credentials, then connect the account again.",
    whoseMove: 'developer',
  },
} as const satisfies Readonly<Record<string, Explained>>;

/** Machine-readable reason of a state other than `connected`. */
export type StateReason = keyof typeof STATE_REASONS;

/** Explains why an account is not connected. */
export function explainState(reason: StateReason): HealthReason {
  return { code: reason, ...STATE_REASONS[reason] };
}
