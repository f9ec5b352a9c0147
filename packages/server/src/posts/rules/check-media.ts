import { type CreatorInfo, MAX_VIDEO_SIZE } from '@greenroom/sdk';
import type { MediaToCheck, PostContent, PostToCheck } from './post-content.ts';
import type { Note } from './problems.ts';

// The longest video that may be sent to an inbox; the creator trims it in the app.
const LONGEST_INBOX_VIDEO_SEC = 600;
const MOST_PHOTOS = 35;
// "20 MB", it says, and not which: nothing fails by the smaller reading.
const MAX_PHOTO_SIZE = 20_000_000;

/** Checks what a post is made of: how much, of which kind, whether it is there. Point 9 of TikTok's audit checklist. */
export function checkMedia(facts: PostToCheck, note: Note): void {
  const { post, media } = facts;
  checkCount(post, note);
  const isOurs = post.media.map(({ media_id }) => media_id != null);
  if (isOurs.includes(true) && isOurs.includes(false)) note('invalid', 'media_mixed', '/media');
  if (isOurs.includes(false)) note('advice', 'no_fence', '/media');
  for (const [index, { media_id: id, url }] of post.media.entries()) {
    const pointer = `/media/${index}`;
    if (id != null)
      checkOwn(
        facts,
        media.find((one) => one.id === id),
        pointer,
        note,
      );
    if (url != null) checkUrl(facts, url, pointer, note);
  }
  checkCover(facts, note);
}

function checkCount({ media_type: type, media }: PostContent, note: Note): void {
  const { length: count } = media;
  if (type === 'VIDEO' && count !== 1) note('invalid', 'video_count', '/media', { count });
  if (type === 'PHOTO' && (count < 1 || count > MOST_PHOTOS)) {
    note('invalid', 'photo_count', '/media', { count });
  }
}

function checkOwn(
  { post, creatorInfo }: PostToCheck,
  media: MediaToCheck | undefined,
  pointer: string,
  note: Note,
): void {
  if (media === undefined) {
    note('invalid', 'media_gone', pointer);
  } else if (media.state === 'refused') {
    note('invalid', 'media_refused', pointer);
  } else if (media.state !== 'ready') {
    note('invalid', 'media_not_ready', pointer);
  } else if (media.media_type !== post.media_type) {
    const found = media.media_type ?? 'file of another kind';
    note('invalid', 'media_wrong_type', pointer, { media_type: post.media_type, found });
  } else if (post.media_type === 'VIDEO') {
    checkVideo(media, longestVideo(post, creatorInfo), pointer, note);
  } else if (media.size > MAX_PHOTO_SIZE) {
    note('invalid', 'photo_too_large', pointer);
  }
}

/** What the creator may post; a draft is not bound by it, but by TikTok's own limit. */
function longestVideo(post: PostContent, creatorInfo: CreatorInfo | undefined): number | undefined {
  if (post.post_mode === 'MEDIA_UPLOAD') return LONGEST_INBOX_VIDEO_SEC;
  return creatorInfo?.max_video_post_duration_sec;
}

function checkVideo(
  { size, duration_ms: durationMs }: MediaToCheck,
  limit: number | undefined,
  pointer: string,
  note: Note,
): void {
  if (size > MAX_VIDEO_SIZE) note('invalid', 'video_too_large', pointer);
  if (limit === undefined || durationMs === null || durationMs <= limit * 1000) return;
  note('invalid', 'video_too_long', pointer, { seconds: durationMs / 1000, limit });
}

function checkUrl(
  { post, allowLoopback = false }: PostToCheck,
  url: string,
  pointer: string,
  note: Note,
): void {
  const { protocol, hostname, pathname } = new URL(url);
  const isOpen = protocol === 'https:' || (allowLoopback && LOOPBACK.test(hostname));
  const isWrong = post.media_type === 'PHOTO' && NO_PHOTO.test(pathname);
  if (!isOpen || isWrong) note('invalid', 'media_url_refused', pointer);
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
// An address need not end in its type, so only those are refused that name a wrong one.
const NO_PHOTO = /\.(png|gif|heic|heif|avif|bmp|tiff?|svg|pdf|mp4|mov|webm)$/i;

function checkCover({ post, media }: PostToCheck, note: Note): void {
  if (post.media_type === 'PHOTO') {
    const isOutside = post.media.length > 0 && post.photo_cover_index >= post.media.length;
    if (isOutside) note('invalid', 'cover_out_of_range', '/photo_cover_index');
    return;
  }
  const [first] = post.media;
  const durationMs = media.find(({ id }) => id === first?.media_id)?.duration_ms ?? Infinity;
  if ((post.video_cover_timestamp_ms ?? 0) > durationMs) {
    note('invalid', 'cover_out_of_range', '/video_cover_timestamp_ms');
  }
}
