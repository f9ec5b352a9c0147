import type { PostState } from '@greenroom/contract';
import type { Visibility } from '../../posts/tables.ts';
import { type Fact, isPosted } from './fact.ts';
import { type Publications, visibilityOf, withFact } from './publications.ts';

/** What we know of a post when a fact arrives. */
export interface KnownPost {
  readonly state: PostState;
  readonly postMode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly privacyLevel: string | null;
  readonly source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  /** Whether the fact is about the post's present attempt; otherwise about one that it has left behind. */
  readonly isPresentAttempt: boolean;
  /** Size of the video, where it is known. */
  readonly bytesTotal: number | null;
  /** Bytes that TikTok's answers confirmed. */
  readonly bytesConfirmed: number;
  /** Whether the hour of its upload has long passed: nothing can be sent to it any more. */
  readonly isUploadOver: boolean;
  /** How often it was asked about since it came into its state. */
  readonly polls: number;
  /** Whether the present attempt has sent an init: it may post by itself. */
  readonly isSending: boolean;
  /** Attempts so far, the present one too. */
  readonly attempts: number;
  /** Whether we serve what TikTok pulls, so that a pull that failed may be our own absence. */
  readonly isServedByUs: boolean;
  /** Whether a person has asked to cancel it. */
  readonly isCancelAsked: boolean;
  readonly publications: Publications;
  readonly visibility: Visibility | null;
}

/** Where a fact can take a post. */
type MoveTarget = 'queued' | 'publishing' | 'in_inbox' | 'published' | 'failed' | 'canceled';

/** What a fact makes of a post. */
export type Decision =
  /** It goes to another state. */
  | {
      readonly kind: 'move';
      readonly to: MoveTarget;
      /** Machine-readable, snake_case; TikTok's own code where it gave one. */
      readonly reason: string;
      readonly publications: Publications;
      readonly visibility: Visibility | null;
    }
  /** Its state stays, but more is known of who can see it. */
  | {
      readonly kind: 'publish_more';
      readonly publications: Publications;
      readonly visibility: Visibility;
    }
  /** Nothing new. */
  | { readonly kind: 'nothing' }
  /** A person asked to cancel it, and TikTok has not fetched all of it yet. */
  | { readonly kind: 'cancel' }
  /** The fact was faster than our own commit: look at it again in a moment. */
  | { readonly kind: 'too_early' }
  /** It does not go with the state, which is final or was left by a person's decision. Somebody should know. */
  | { readonly kind: 'contradiction' };

/**
 * Decides what a fact makes of a post. Pure, and harmless when facts come twice, late or in any order:
 *
 * ```text
 * processing ─┬▶ published (in whose state only what is public changes)
 *   ▲         ├▶ in_inbox ─▶ published | failed
 *   │ bytes   ├▶ failed, canceled (final)
 *   │ missing ├▶ queued, when TikTok never got our media
 *   ▼         └▶ publishing, same attempt
 * publishing ──▶ failed, canceled, queued
 * unknown ──▶ published | in_inbox | failed | queued
 * queued, held, scheduled, publishing before init ──▶ published | in_inbox, by an attempt that was left behind
 * ```
 */
export function decide(post: KnownPost, fact: Fact): Decision {
  if (!post.isPresentAttempt) return decideAfterwards(post, fact);
  switch (post.state) {
    case 'publishing':
      return fact.says === 'failed' ? fail(post, fact.reason) : TOO_EARLY;
    case 'processing':
      return decideProcessing(post, fact);
    case 'in_inbox':
    case 'unknown':
      return decideEnd(post, fact);
    case 'published':
      return decidePublished(post, fact);
    case 'draft':
    case 'held':
    case 'scheduled':
    case 'queued':
    case 'failed':
    case 'canceled':
      return decideAfterwards(post, fact);
  }
}

const NOTHING: Decision = { kind: 'nothing' };
const TOO_EARLY: Decision = { kind: 'too_early' };

function decideProcessing(post: KnownPost, fact: Fact): Decision {
  if (fact.says === 'uploading' && lacksBytes(post, fact.bytes)) return sendRest(post, fact.bytes);
  if (fact.says === 'downloading' && post.isCancelAsked) return { kind: 'cancel' };
  return decideEnd(post, fact);
}

/**
 * Whether TikTok waits for bytes that it never had. What its own answers confirmed is never sent again, whatever a
 * count that lags behind says.
 */
function lacksBytes(post: KnownPost, bytes: number | undefined): boolean {
  return isIncomplete(post) && (bytes === undefined || bytes < post.bytesTotal);
}

// TikTok may leave the count out; that it waits for bytes it goes on saying.
const POLLS_WITHOUT_COUNT = 3;

/** Lets an upload go on; once nothing can be sent to it any more, what lacks bytes can never post. */
function sendRest(post: KnownPost, bytes: number | undefined): Decision {
  if (bytes === undefined && (post.isUploadOver || post.polls < POLLS_WITHOUT_COUNT)) {
    return NOTHING;
  }
  if (post.isUploadOver) return sendAgain(post, 'upload_url_expired', 'upload_ended');
  return move(post, 'publishing', 'bytes_missing');
}

/** Whether TikTok never confirmed the whole of an upload. */
function isIncomplete(post: KnownPost): post is KnownPost & { readonly bytesTotal: number } {
  const { bytesConfirmed, bytesTotal, source } = post;
  return source === 'FILE_UPLOAD' && bytesTotal !== null && bytesConfirmed < bytesTotal;
}

function decideEnd(post: KnownPost, fact: Fact): Decision {
  switch (fact.says) {
    case 'complete':
    case 'public':
    case 'not_public':
      return publish(post, fact);
    case 'in_inbox':
      return post.state === 'in_inbox' ? NOTHING : move(post, 'in_inbox', 'delivered_to_inbox');
    case 'failed':
      return fail(post, fact.reason);
    case 'uploading':
    case 'downloading':
    case 'something_new':
      return NOTHING;
  }
}

function publish(post: KnownPost, fact: Fact): Decision {
  const publications = withFact(post.publications, fact);
  const visibility = visibilityOf(publications, post);
  const reason = post.state === 'in_inbox' ? 'posted_from_inbox' : 'complete';
  return { kind: 'move', to: 'published', reason, publications, visibility };
}

function fail(post: KnownPost, reason: string): Decision {
  const isGoing = post.state === 'publishing' || post.state === 'processing';
  // That an unknown post failed settles it: nothing is made any more.
  const remedy = isGoing || post.state === 'unknown' ? findRemedy(post, reason) : undefined;
  if (remedy !== undefined) return sendAgain(post, reason, remedy);
  if (reason !== 'publish_cancelled') return move(post, 'failed', reason);
  if (post.isCancelAsked && isGoing) return move(post, 'canceled', 'canceled_at_tiktok');
  // The reference has no reason of its own for what a creator discards.
  return move(post, 'failed', post.state === 'in_inbox' ? 'discarded' : reason);
}

const PULL_FAILED = ['video_pull_failed', 'photo_pull_failed'];
const MOST_ATTEMPTS = 4;

/** Why a post that TikTok failed may be sent again by itself: TikTok never had its media, and our crash may be why. */
function findRemedy(post: KnownPost, reason: string): 'pull_failed' | 'upload_ended' | undefined {
  if (post.isServedByUs && PULL_FAILED.includes(reason)) return 'pull_failed';
  // An upload that is not whole within its hour ends so.
  return reason === 'internal' && isIncomplete(post) ? 'upload_ended' : undefined;
}

/** TikTok says that it failed, so nothing was made, and another try cannot double it. */
function sendAgain(post: KnownPost, reason: string, remedy: string): Decision {
  if (post.isCancelAsked) return move(post, 'canceled', 'canceled_at_tiktok');
  const isLast = post.attempts >= MOST_ATTEMPTS;
  return isLast ? move(post, 'failed', reason) : move(post, 'queued', remedy);
}

function move(
  { publications, visibility }: KnownPost,
  to: Exclude<MoveTarget, 'published'>,
  reason: string,
): Decision {
  return { kind: 'move', to, reason, publications, visibility };
}

function decidePublished(post: KnownPost, fact: Fact): Decision {
  // TikTok has nothing to fail any more; that it says so must not be overlooked.
  if (fact.says === 'failed') return { kind: 'contradiction' };
  const publications = withFact(post.publications, fact);
  if (publications === post.publications) return NOTHING;
  return { kind: 'publish_more', publications, visibility: visibilityOf(publications, post) };
}

/**
 * A post that is over, or goes on without this attempt, has been posted by it all the same. One that waits to be sent
 * again must not be: it would be there twice.
 */
function decideAfterwards(post: KnownPost, fact: Fact): Decision {
  if (!isPosted(fact)) return NOTHING;
  return isWaiting(post) ? decideEnd(post, fact) : { kind: 'contradiction' };
}

function isWaiting({ isSending, state }: KnownPost): boolean {
  if (state === 'publishing') return !isSending;
  return state === 'queued' || state === 'held' || state === 'scheduled';
}
