import { explain, explainFailReason, type WhoseMove } from '@greenroom/sdk';
import { explainState, STATE_REASONS, type StateReason } from '../accounts/account-state.ts';
import { ruleProblems } from './rules/problems.ts';
import type { StateDetails } from './tables.ts';

/** Why a post is in its state: one of ours, a problem of its content, or TikTok's own code as it came. */
export type ReasonCode = keyof typeof reasons | keyof typeof ruleProblems | (string & {});

/** A reason as people read it. */
export interface ReasonWords {
  readonly code: string;
  /** What is the matter, in a sentence or two. */
  readonly words: string;
  /** What helps; `null`: nothing is needed. */
  readonly remedy: string | null;
  readonly whoseMove: WhoseMove;
  /** TikTok's id of the answer that it comes from. */
  readonly logId: string | null;
}

/** What is said of a reason: words, remedy, whose move it is. `{name}` stands for a fact of the state's details. */
type Entry = readonly [words: string, remedy: string | null, whoseMove: WhoseMove];

/** Reasons that are Greenroom's own. */
export const reasons = {
  // Nothing is wrong.
  scheduled: ['It waits for the moment it is scheduled for.', null, 'nobody'],
  due: ['It waits for its turn: an account publishes one post at a time.', null, 'nobody'],
  attempt_started: ['It is being sent.', null, 'nobody'],
  fence_passed: ['TikTok has everything, and processes it.', null, 'tiktok'],
  complete: ['TikTok says that the post is complete.', null, 'nobody'],
  delivered_to_inbox: [
    'TikTok has put the draft into the creator’s inbox.',
    'The creator opens the notification in the TikTok app, and finishes the post there.',
    'creator',
  ],
  posted_from_inbox: ['The creator posted the draft.', null, 'nobody'],
  bytes_missing: ['TikTok still waits for bytes; they are sent.', null, 'nobody'],
  retried: ['A person wants it sent again.', null, 'nobody'],

  // It waits, in `queued`.
  rate_limit: ['TikTok’s limit of calls a minute is reached for this account.', null, 'nobody'],
  account_busy: ['Another post of the account is being sent.', null, 'nobody'],
  cap_posts: ['The account has reached its posts of 24 hours.', null, 'nobody'],
  cap_pending_shares: [
    'The creator’s inbox holds as many drafts of 24 hours as TikTok takes.',
    'The creator posts or discards some of them.',
    'creator',
  ],
  cap_users: ['The app has reached its creators of 24 hours.', null, 'nobody'],
  circuit_open: ['TikTok fails at the moment; Greenroom looks whether it is back.', null, 'tiktok'],
  account_circuit_open: [
    'TikTok fails for this account at the moment; Greenroom looks whether that is over.',
    null,
    'tiktok',
  ],
  tiktok_away: ['TikTok could not be reached, or failed inside.', null, 'tiktok'],
  status_unknown: [
    'TikTok says of the post what its documentation does not have; it is asked again.',
    'If it stays so: look into the account, and whether there is a newer Greenroom.',
    'developer',
  ],
  token_delayed: ['The account’s access could not be renewed yet.', null, 'nobody'],
  pull_failed: [
    'TikTok could not fetch the media from this server, and made nothing; a new attempt follows.',
    'If it goes on: check that GREENROOM_PUBLIC_URL can be reached from the internet.',
    'nobody',
  ],
  upload_ended: [
    'TikTok ended the upload before it had all of the video, and made nothing; a new attempt follows.',
    null,
    'nobody',
  ],
  new_attempt: [
    'An attempt ended in a way that cannot have posted anything; a new one follows.',
    null,
    'nobody',
  ],

  // It needs a person, in `held`.
  reconnect_needed: [
    'The account is not connected: {account_reason}',
    'Connect the account again, then schedule the post again.',
    'creator',
  ],

  // TikTok has it, and cannot be asked about it.
  account_away: [
    'The account is not connected, so TikTok cannot be asked how the post stands; its events may still tell.',
    'Connect the account again.',
    'creator',
  ],

  greenroom_fault: [
    'Greenroom met a fault of its own ({fault}) before anything could be posted.',
    'Look into the server’s log, then schedule the post again.',
    'developer',
  ],

  restored: [
    'It was on its way in a backup of another day, and may have gone out since.',
    'Look into the account. Then schedule it again, or say what became of it.',
    'person',
  ],

  // Nobody knows, in `unknown`.
  init_unclear: [
    'TikTok’s answer was lost, and TikTok has fetched the media: it may have posted.',
    'Look into the account, then say whether it was posted.',
    'person',
  ],
  foreign_url_unclear: [
    'TikTok’s answer was lost, and the media is at somebody else’s address: it may have posted.',
    'Look into the account, then say whether it was posted.',
    'person',
  ],

  // It is over.
  canceled: ['A person canceled it before anything could be posted.', null, 'nobody'],
  canceled_at_tiktok: ['A person canceled it, and TikTok dropped it.', null, 'nobody'],
  discarded: ['The creator discarded the draft.', null, 'creator'],
  resolved_posted: ['A person looked, and says that it was posted.', null, 'nobody'],
  resolved_not_posted: ['A person looked, and says that it was not posted.', null, 'nobody'],
  resolved_send_again: ['A person looked, and wants it sent again.', null, 'nobody'],
} as const satisfies Record<string, Entry>;

/**
 * Says a reason in words. TikTok's codes are explained by the SDK, as a `fail_reason` where the details say so
 * (`fail_reason: true`); a code that nobody knows is shown as it is.
 */
export function describeReason(code: string, details: StateDetails = {}): ReasonWords {
  const logId = typeof details['log_id'] === 'string' ? details['log_id'] : null;
  const own = findOwn(code);
  if (own === undefined) return { code, ...fromTikTok(code, details), logId };
  const [words, remedy, whoseMove] = own;
  return {
    code,
    words: withEarliest(fill(words, details), details),
    remedy: remedy === null ? null : fill(remedy, details),
    whoseMove,
    logId,
  };
}

function findOwn(code: string): Entry | undefined {
  if (Object.hasOwn(reasons, code)) return reasons[code as keyof typeof reasons]; // as: it is one, just looked
  if (Object.hasOwn(ruleProblems, code)) return ruleProblems[code as keyof typeof ruleProblems]; // as: the same
  return undefined;
}

function fromTikTok(code: string, details: StateDetails): Omit<ReasonWords, 'code' | 'logId'> {
  const isFailReason = details['fail_reason'] === true;
  const { isKnown, sentence, whoseMove } = isFailReason ? explainFailReason(code) : explain(code);
  const [first = sentence, ...rest] = splitSentences(sentence);
  return {
    words: withEarliest(isKnown ? first : `TikTok’s reason is “${code}”. ${first}`, details),
    remedy: rest.length === 0 ? null : rest.join(' '),
    whoseMove,
  };
}

/** Puts facts where the words name them; the reason of an account's state is told in its own words. */
function fill(words: string, details: StateDetails): string {
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const fact = details[name] ?? '(unknown)';
    if (name === 'account_reason') return explainAccount(String(fact));
    return Array.isArray(fact) ? fact.join(', ') : String(fact);
  });
}

function explainAccount(reason: string): string {
  if (!Object.hasOwn(STATE_REASONS, reason)) return reason;
  return explainState(reason as StateReason).words; // as: it is one, just looked
}

/** TikTok told, or the ledger knows, when it may work again. */
function withEarliest(words: string, { earliest_at: earliest }: StateDetails): string {
  if (typeof earliest !== 'string') return words;
  return `${words} Not before ${earliest.slice(0, 16).replace('T', ' ')} UTC.`;
}

function splitSentences(text: string): string[] {
  return text.split(/(?<=\.) (?=[A-Z])/);
}
