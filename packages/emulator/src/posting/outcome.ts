import { checkPhoto, checkVideo, type MediaFailure } from '../media/media-rules.ts';
import type { PhotoProbe } from '../media/probe.ts';
import type { Post } from '../state/post.ts';
import type { Posting } from './posting.ts';
import { toHashes } from './retention.ts';

/** Longest video that may be sent to the inbox, in seconds; the creator may trim it there. */
const INBOX_DURATION_SEC = 600;

/** Finds the `fail_reason` of a post whose bytes are all here, or nothing when it passes. */
export async function findFailure(posting: Posting, post: Post): Promise<string | undefined> {
  if (post.forced_fail_reason !== null) return post.forced_fail_reason;
  if (toHashes(post).some((sha256) => posting.emulator.media.findPath(sha256) === undefined)) {
    const detail = `${post.publish_id} cannot be processed: the snapshot that it came from left its file out`;
    posting.emulator.violations.record('snapshot.media', detail, null);
    return 'internal';
  }
  const failure = await findMediaFailure(posting, post);
  if (failure !== undefined) {
    posting.emulator.violations.record(failure.rule, failure.detail, null);
    return failure.failReason;
  }
  return findCreatorFailure(posting, post);
}

function findCreatorFailure(posting: Posting, post: Post): string | undefined {
  const { store, settings, clock } = posting.emulator;
  const creator = store.creators.get(post.username);
  if (creator === undefined) return 'auth_removed';
  if (!creator.can_post) return 'spam_risk_user_banned_from_posting';
  if (!settings.caps || post.post_mode !== 'DIRECT_POST') return undefined;
  // Init looked at the cap as it was then; it may have been lowered since.
  const posts = posting.caps.directPosts(post.username, clock.now());
  return posts > settings.daily_post_cap ? 'spam_risk_too_many_posts' : undefined;
}

async function findMediaFailure(posting: Posting, post: Post): Promise<MediaFailure | undefined> {
  return post.media_type === 'VIDEO'
    ? findVideoFailure(posting, post)
    : findPhotoFailure(posting, post);
}

async function findVideoFailure(posting: Posting, post: Post): Promise<MediaFailure | undefined> {
  const { media, store } = posting.emulator;
  const [sha256 = ''] = toHashes(post);
  const probe = await posting.prober.probeVideo({ path: media.findPath(sha256) ?? '' }, sha256);
  if (probe.readable) {
    const { durationSec, width, height } = probe;
    post.media = { duration: Math.round(durationSec), width, height };
  }
  const ofCreator = store.creators.get(post.username)?.max_video_post_duration_sec ?? 0;
  const isDraft = post.post_mode === 'MEDIA_UPLOAD';
  return checkVideo(probe, { maxDurationSec: isDraft ? INBOX_DURATION_SEC : ofCreator });
}

async function findPhotoFailure(posting: Posting, post: Post): Promise<MediaFailure | undefined> {
  const probes = await Promise.all(
    toHashes(post).map((sha256) =>
      posting.prober.probePhoto({ path: posting.emulator.media.findPath(sha256) ?? '' }, sha256),
    ),
  );
  post.media = toFacts(probes[0]);
  // One photo that breaks a rule fails the whole post (gitroomhq/postiz-app#1875).
  return probes.map((probe) => checkPhoto(probe)).find((failure) => failure !== undefined);
}

function toFacts(probe: PhotoProbe | undefined): Post['media'] {
  if (probe?.readable !== true) return null;
  return { duration: 0, width: probe.width, height: probe.height };
}
