import type { PostState } from '@greenroom/contract';
import { describe, expect, test } from 'vitest';
import { isTransition } from '../../src/posts/transitions.ts';
import { type Decision, decide, type KnownPost } from '../../src/publishing/follow/decide.ts';
import type { Statement } from '../../src/publishing/follow/fact.ts';

const AT = new Date('2026-11-21T12:00:00Z');
const ID = '7678907398077074696';

const POST: KnownPost = {
  state: 'processing',
  postMode: 'DIRECT_POST',
  privacyLevel: 'PUBLIC_TO_EVERYONE',
  source: 'FILE_UPLOAD',
  isPresentAttempt: true,
  bytesTotal: 1000,
  bytesConfirmed: 1000,
  isUploadOver: false,
  polls: 0,
  isSending: false,
  attempts: 1,
  isServedByUs: false,
  isCancelAsked: false,
  publications: {},
  visibility: null,
};

function decideOn(post: Partial<KnownPost>, statement: Statement): Decision {
  return decide({ ...POST, ...post }, { by: 'status', at: AT, ...statement });
}

/** What a decision is, in a word or three. */
function inWords(decision: Decision): string {
  if (decision.kind !== 'move') return decision.kind;
  return `${decision.to}: ${decision.reason}`;
}

const STATEMENTS = {
  uploading: { says: 'uploading', bytes: 1000 },
  downloading: { says: 'downloading' },
  in_inbox: { says: 'in_inbox' },
  complete: { says: 'complete', postIds: [] },
  failed: { says: 'failed', reason: 'spam_risk' },
  cancelled: { says: 'failed', reason: 'publish_cancelled' },
  public: { says: 'public', postId: ID },
  not_public: { says: 'not_public', postId: ID },
  something_new: { says: 'something_new', status: 'REVIEWING' },
} as const satisfies Record<string, Statement>;
type Said = keyof typeof STATEMENTS;

/** Each state, and what each statement makes of a post in it. */
const OVER = {
  uploading: 'nothing',
  downloading: 'nothing',
  in_inbox: 'contradiction',
  complete: 'contradiction',
  failed: 'nothing',
  cancelled: 'nothing',
  public: 'contradiction',
  not_public: 'nothing',
  something_new: 'nothing',
} as const;
const ENDS = {
  uploading: 'nothing',
  downloading: 'nothing',
  in_inbox: 'in_inbox: delivered_to_inbox',
  complete: 'published: complete',
  failed: 'failed: spam_risk',
  cancelled: 'failed: publish_cancelled',
  public: 'published: complete',
  not_public: 'published: complete',
  something_new: 'nothing',
} as const;
/** An attempt that it left has posted it, before another one sent anything. */
const WAITS = {
  ...OVER,
  in_inbox: 'in_inbox: delivered_to_inbox',
  complete: 'published: complete',
  public: 'published: complete',
} as const;
const TABLE: Readonly<Record<PostState, Readonly<Record<Said, string>>>> = {
  draft: OVER,
  held: WAITS,
  scheduled: WAITS,
  queued: WAITS,
  failed: OVER,
  canceled: OVER,
  publishing: {
    uploading: 'too_early',
    downloading: 'too_early',
    in_inbox: 'too_early',
    complete: 'too_early',
    failed: 'failed: spam_risk',
    cancelled: 'failed: publish_cancelled',
    public: 'too_early',
    not_public: 'too_early',
    something_new: 'too_early',
  },
  processing: ENDS,
  unknown: ENDS,
  in_inbox: {
    ...ENDS,
    in_inbox: 'nothing',
    complete: 'published: posted_from_inbox',
    cancelled: 'failed: discarded',
    public: 'published: posted_from_inbox',
    not_public: 'published: posted_from_inbox',
  },
  published: {
    uploading: 'nothing',
    downloading: 'nothing',
    in_inbox: 'nothing',
    complete: 'nothing',
    failed: 'contradiction',
    cancelled: 'contradiction',
    public: 'publish_more',
    not_public: 'publish_more',
    something_new: 'nothing',
  },
};

// as: its type names every state there is, and no other.
const STATES = Object.keys(TABLE) as PostState[];

describe.each(STATES)('a post that is %s', (state) => {
  // as: Object.entries widens the keys.
  test.each(Object.entries(STATEMENTS) as [Said, Statement][])(
    'when told %s',
    (said, statement) => {
      expect(inWords(decideOn({ state }, statement))).toBe(TABLE[state][said]);
    },
  );

  test.each(Object.entries(STATEMENTS) as [Said, Statement][])(
    'when told %s of an attempt that it left behind',
    (said, statement) => {
      const decision = decideOn({ state, isPresentAttempt: false }, statement);
      const isWaiting = ['held', 'scheduled', 'queued', 'publishing'].includes(state);
      expect(inWords(decision)).toBe((isWaiting ? WAITS : OVER)[said]);
    },
  );
});

test('what an earlier attempt posted is only told of, once a new one has sent its init', () => {
  const post = { state: 'publishing', isPresentAttempt: false, isSending: true } as const;
  expect(inWords(decideOn(post, STATEMENTS.complete))).toBe('contradiction');
});

test('every move is one that the state machine has', () => {
  for (const state of STATES) {
    for (const statement of Object.values(STATEMENTS)) {
      for (const isCancelAsked of [false, true]) {
        const decision = decideOn({ state, isCancelAsked }, statement);
        if (decision.kind !== 'move') continue;
        expect(isTransition(state, decision.to), `${state} ▸ ${decision.to}`).toBe(true);
      }
    }
  }
});

/** `fail_reason`s of reference 7.3.2, and one that TikTok may add. */
const FAIL_REASONS = [
  'file_format_check_failed',
  'duration_check_failed',
  'frame_rate_check_failed',
  'picture_size_check_failed',
  'internal',
  'video_pull_failed',
  'photo_pull_failed',
  'auth_removed',
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'spam_risk_text',
  'spam_risk',
  'made_up_tomorrow',
];

test.each(FAIL_REASONS)('%s fails the post, and stays its reason', (reason) => {
  for (const state of ['publishing', 'processing', 'in_inbox', 'unknown'] as const) {
    for (const isCancelAsked of [false, true]) {
      const decision = decideOn({ state, isCancelAsked }, { says: 'failed', reason });
      expect(inWords(decision)).toBe(`failed: ${reason}`);
    }
  }
});

describe.each(['video_pull_failed', 'photo_pull_failed'])('%s of media of ours', (reason) => {
  const pull = { source: 'PULL_FROM_URL', isServedByUs: true } as const;
  test.each([
    { state: 'processing', attempts: 1, makes: 'queued: pull_failed' },
    { state: 'publishing', attempts: 3, makes: 'queued: pull_failed' },
    { state: 'processing', attempts: 4, makes: `failed: ${reason}` },
    { state: 'unknown', attempts: 1, makes: 'queued: pull_failed' },
    { state: 'unknown', attempts: 4, makes: `failed: ${reason}` },
    { state: 'in_inbox', attempts: 1, makes: `failed: ${reason}` },
  ] as const)('$state, attempt $attempts', ({ state, attempts, makes }) => {
    const decision = decideOn({ ...pull, state, attempts }, { says: 'failed', reason });
    expect(inWords(decision)).toBe(makes);
  });

  test('ends what a person wished to cancel', () => {
    const decision = decideOn({ ...pull, isCancelAsked: true }, { says: 'failed', reason });
    expect(inWords(decision)).toBe('canceled: canceled_at_tiktok');
  });
});

describe('an upload that TikTok ends before it has all of it', () => {
  test.each([
    { state: 'publishing', attempts: 1, confirmed: 500, makes: 'queued: upload_ended' },
    { state: 'processing', attempts: 1, confirmed: 0, makes: 'queued: upload_ended' },
    { state: 'processing', attempts: 4, confirmed: 0, makes: 'failed: internal' },
    // It had everything: that it failed is TikTok's, and a person decides.
    { state: 'processing', attempts: 1, confirmed: 1000, makes: 'failed: internal' },
  ] as const)('$state, $confirmed of 1000, attempt $attempts', (row) => {
    const { attempts, confirmed: bytesConfirmed, makes, state } = row;
    const known = { state, attempts, bytesConfirmed };
    expect(inWords(decideOn(known, { says: 'failed', reason: 'internal' }))).toBe(makes);
    const other = decideOn(known, { says: 'failed', reason: 'spam_risk' });
    expect(inWords(other)).toBe('failed: spam_risk');
  });
});

describe('missing bytes', () => {
  const again = 'publishing: bytes_missing';
  test.each([
    { name: 'fewer than all', bytes: 500, known: { bytesConfirmed: 500 }, makes: again },
    { name: 'none', bytes: 0, known: { bytesConfirmed: 0 }, makes: again },
    { name: 'all', bytes: 1000, known: { bytesConfirmed: 500 }, makes: 'nothing' },
    {
      name: 'not told at first',
      bytes: undefined,
      known: { bytesConfirmed: 500, polls: 2 },
      makes: 'nothing',
    },
    {
      name: 'never told',
      bytes: undefined,
      known: { bytesConfirmed: 500, polls: 3 },
      makes: again,
    },
    {
      name: 'a count that lags behind a confirmed last chunk',
      bytes: 500,
      known: { bytesConfirmed: 1000, polls: 3, isUploadOver: true },
      makes: 'nothing',
    },
    {
      name: 'not told behind a confirmed last chunk',
      bytes: undefined,
      known: { polls: 3 },
      makes: 'nothing',
    },
    {
      name: 'fewer than all, when nothing can be sent any more',
      bytes: 500,
      known: { bytesConfirmed: 500, isUploadOver: true },
      makes: 'queued: upload_ended',
    },
    {
      name: 'the same for the fourth time',
      bytes: 500,
      known: { bytesConfirmed: 500, isUploadOver: true, attempts: 4 },
      makes: 'failed: upload_url_expired',
    },
    {
      name: 'not told, when nothing can be sent any more: only TikTok can say that it failed',
      bytes: undefined,
      known: { bytesConfirmed: 500, isUploadOver: true, polls: 9 },
      makes: 'nothing',
    },
  ] as const)('$name', ({ bytes, known, makes }) => {
    expect(inWords(decideOn(known, { says: 'uploading', bytes }))).toBe(makes);
  });

  test('never of a pull', () => {
    const pull = { source: 'PULL_FROM_URL', bytesConfirmed: 0 } as const;
    expect(inWords(decideOn(pull, { says: 'uploading', bytes: 0 }))).toBe('nothing');
  });
});

describe('a cancel that a person asked for', () => {
  const pull = { source: 'PULL_FROM_URL', isCancelAsked: true } as const;
  test.each([
    { state: 'processing', statement: STATEMENTS.downloading, makes: 'cancel' },
    { state: 'processing', statement: STATEMENTS.cancelled, makes: 'canceled: canceled_at_tiktok' },
    { state: 'publishing', statement: STATEMENTS.cancelled, makes: 'canceled: canceled_at_tiktok' },
    { state: 'processing', statement: STATEMENTS.complete, makes: 'published: complete' },
    { state: 'processing', statement: STATEMENTS.in_inbox, makes: 'in_inbox: delivered_to_inbox' },
    { state: 'processing', statement: STATEMENTS.failed, makes: 'failed: spam_risk' },
    { state: 'in_inbox', statement: STATEMENTS.cancelled, makes: 'failed: discarded' },
  ] as const)('$state, told $statement.says: $makes', ({ state, statement, makes }) => {
    expect(inWords(decideOn({ ...pull, state }, statement))).toBe(makes);
  });
});
