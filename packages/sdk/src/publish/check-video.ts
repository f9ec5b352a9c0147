import type { CreatorInfo } from '../creator-info.ts';
import { VIDEO_TITLE_LIMIT } from './caption.ts';
import { checkAudience, checkInteractions, type PostChoices } from './check-choices.ts';
import { checkText } from './check-text.ts';
import { checkMediaUrl } from './check-url.ts';
import { type PostProblem, problemIf } from './problems.ts';

/** What `title`, cover and choices of a direct video post may be. */
interface VideoText extends PostChoices {
  readonly title?: string | undefined;
  readonly video_cover_timestamp_ms?: number | undefined;
}

/** Interactions that a video may have; photos have comments only. */
export const VIDEO_INTERACTIONS = ['comment', 'duet', 'stitch'] as const;

// The longest video a developer may send to the inbox; the creator trims it in the app.
const LONGEST_INBOX_VIDEO_SEC = 600;
const LARGEST_INT32 = 2 ** 31 - 1;

/** Checks what a direct video post says and allows, against what its creator may do now. */
export function checkVideoPostInfo(post: VideoText, creator: CreatorInfo): PostProblem[] {
  const cover = post.video_cover_timestamp_ms;
  return [
    ...checkText('title', post.title, VIDEO_TITLE_LIMIT),
    ...checkAudience(post, creator),
    ...checkInteractions(post, creator, VIDEO_INTERACTIONS),
    ...problemIf(
      cover !== undefined && !(Number.isInteger(cover) && cover >= 0 && cover <= LARGEST_INT32),
      'video_cover_timestamp_ms',
      'The cover must be a whole number of milliseconds from the start of the video.',
    ),
  ];
}

/** Checks the duration, if it is known. Without a creator, the limit of inbox videos counts. */
export function checkDuration(durationSec?: number, creator?: CreatorInfo): PostProblem[] {
  if (durationSec === undefined) return [];
  if (!(durationSec > 0 && Number.isFinite(durationSec))) {
    const message = 'The duration must be a number of seconds above 0; leave it out if not known.';
    return [{ field: 'durationSec', message }];
  }
  const limit = creator?.max_video_post_duration_sec ?? LONGEST_INBOX_VIDEO_SEC;
  return problemIf(
    durationSec > limit,
    'durationSec',
    `The video is ${durationSec} s long; ${creator ? 'this creator may post' : 'the inbox takes'} at most ${limit} s. Trim it.`,
  );
}

/** Checks the address of a video that TikTok is to fetch. */
export function checkVideoUrl(url: string, allowLoopback: boolean): PostProblem[] {
  return checkMediaUrl('videoUrl', url, allowLoopback);
}
