import type { PostState } from '@greenroom/contract';

/** One way in which a post may go from a state to another. */
export interface Transition {
  readonly from: PostState;
  readonly to: PostState;
  /** What makes it go there. */
  readonly when: string;
}

/**
 * Every way that a post may go; what is not here cannot happen. `movePost` holds all parts to it, and
 * docs/posts.md shows the same table.
 */
export const transitions: readonly Transition[] = [
  { from: 'draft', to: 'scheduled', when: 'scheduled with complete, valid consent' },
  { from: 'draft', to: 'held', when: 'scheduled by a program without choices or consent' },
  { from: 'scheduled', to: 'queued', when: 'its moment has come' },
  { from: 'scheduled', to: 'held', when: 'edited so that it is no longer valid' },
  { from: 'held', to: 'scheduled', when: 'mended by a person and scheduled again' },
  { from: 'queued', to: 'publishing', when: 'the account’s turn, and a slot at most 5 s away' },
  {
    from: 'publishing',
    to: 'queued',
    when: 'nothing that can post was sent and it must wait, or TikTok answered init by 429',
  },
  {
    from: 'publishing',
    to: 'held',
    when: 'TikTok refused the account, a choice or a cap, or the account must be connected again',
  },
  { from: 'publishing', to: 'failed', when: 'TikTok refused init for good' },
  {
    from: 'publishing',
    to: 'unknown',
    when: 'the answer to init was lost, and no fence settles it',
  },
  {
    from: 'publishing',
    to: 'publishing',
    when: 'the attempt can no longer post, and a new one begins',
  },
  { from: 'publishing', to: 'processing', when: 'the fence is passed: TikTok has everything' },
  { from: 'processing', to: 'published', when: 'TikTok says complete' },
  { from: 'processing', to: 'in_inbox', when: 'TikTok has notified the creator' },
  { from: 'processing', to: 'failed', when: 'TikTok says failed' },
  { from: 'processing', to: 'queued', when: 'TikTok never got our media, and made nothing' },
  { from: 'processing', to: 'publishing', when: 'TikTok still waits for bytes: the same attempt' },
  ...afterwards('scheduled'),
  ...afterwards('held'),
  ...afterwards('queued'),
  ...afterwards('publishing'),
  { from: 'in_inbox', to: 'published', when: 'the creator posted it' },
  { from: 'in_inbox', to: 'failed', when: 'the creator discarded it' },
  { from: 'unknown', to: 'published', when: 'a fact, or a person: it was posted' },
  { from: 'unknown', to: 'in_inbox', when: 'a fact: the draft is in the creator’s inbox' },
  { from: 'unknown', to: 'failed', when: 'a fact, or a person: it was not posted' },
  {
    from: 'unknown',
    to: 'queued',
    when: 'a person looked, and wants it sent again; a fact: TikTok never got our media',
  },
  { from: 'failed', to: 'queued', when: 'retried by a person; consent is checked again' },
  { from: 'draft', to: 'canceled', when: 'canceled by a person' },
  { from: 'held', to: 'canceled', when: 'canceled by a person' },
  { from: 'scheduled', to: 'canceled', when: 'canceled by a person' },
  { from: 'queued', to: 'canceled', when: 'canceled by a person' },
  {
    from: 'publishing',
    to: 'canceled',
    when: 'canceled by a person before the last chunk was sent, or TikTok canceled its pull',
  },
  { from: 'processing', to: 'canceled', when: 'TikTok canceled its pull, as a person asked' },
];

/** TikTok tells late what a former attempt has made, while nothing else was sent: the post must not go out again. */
function afterwards(from: PostState): readonly Transition[] {
  return [
    { from, to: 'published', when: 'TikTok says that a former attempt has posted it' },
    { from, to: 'in_inbox', when: 'TikTok says that a former attempt has brought the draft there' },
  ];
}

/** Whether a post may go from one state to another. */
export function isTransition(from: PostState, to: PostState): boolean {
  return transitions.some((row) => row.from === from && row.to === to);
}

/**
 * Holds a caller to the table.
 *
 * @throws {RangeError} If no post goes from one state to the other: a mistake in our code, never a caller's.
 */
export function requireTransition(from: PostState, to: PostState): void {
  if (!isTransition(from, to)) throw new RangeError(`No post goes from ${from} to ${to}`);
}
