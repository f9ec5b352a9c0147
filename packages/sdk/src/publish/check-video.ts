import type { CreatorInfo } from '../creator-info.ts';
import { VIDEO_TITLE_LIMIT } from './caption.ts';
import { checkAudience, checkInteractions, type PostChoices } from './check-choices.ts';
import { checkText } from './check-text.ts';
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

/** Checks what a direct video post says and allows, against what its creator may do now. */
export function checkVideoPostInfo(
  post: VideoText,
  creator: CreatorInfo | undefined,
): PostProblem[] {
  const cover = post.video_cover_timestamp_ms;
  return [
    ...checkText('title', post.title, VIDEO_TITLE_LIMIT),
    ...checkAudience(post, creator),
    ...checkInteractions(post, creator, VIDEO_INTERACTIONS),
    ...problemIf(
      cover !== undefined && (cover < 0 || (cover | 0) !== cover),
      'video_cover_timestamp_ms',
      'The cover must be a whole number of milliseconds.',
    ),
  ];
}

/** Checks the duration, if it is known. Without a creator, the limit of inbox videos counts. */
export function checkDuration(durationSec?: number, creator?: CreatorInfo): PostProblem[] {
  const limit = creator?.max_video_post_duration_sec ?? LONGEST_INBOX_VIDEO_SEC;
  return problemIf(
    durationSec !== undefined && !(durationSec > 0 && durationSec <= limit),
    'durationSec',
    `The video must be longer than 0 and at most ${limit} s.`,
  );
}
