import type { CreatorInfo } from '../creator-info.ts';
import type { VideoPostInfo } from '../posts.ts';
import { VIDEO_TITLE_LIMIT } from './caption.ts';
import { checkChoices, type Interaction } from './check-choices.ts';
import { checkText } from './check-text.ts';
import type { NoteProblem } from './problems.ts';

/** Interactions that a video may have; photos have comments only. */
export const VIDEO_INTERACTIONS: readonly Interaction[] = ['comment', 'duet', 'stitch'];

// The longest video a developer may send to the inbox; the creator trims it in the app.
const LONGEST_INBOX_VIDEO_SEC = 600;

/** Checks what a direct video post says and allows, against what its creator may do now. */
export function checkVideoPostInfo(
  post: VideoPostInfo,
  creator: CreatorInfo,
  note: NoteProblem,
): void {
  const { title, video_cover_timestamp_ms: cover = 0 } = post;
  checkText('title', VIDEO_TITLE_LIMIT, title, note);
  checkChoices(post, creator, VIDEO_INTERACTIONS, note);
  note(
    // An int32, on the wire.
    cover < 0 || (cover | 0) !== cover,
    'video_cover_timestamp_ms',
    'The cover must be a whole number of milliseconds.',
  );
}

/** Checks the duration, if it is known. Without a creator, the limit of inbox videos counts. */
export function checkDuration(
  durationSec: number | undefined,
  creator: CreatorInfo | undefined,
  note: NoteProblem,
): void {
  const limit = creator?.max_video_post_duration_sec ?? LONGEST_INBOX_VIDEO_SEC;
  note(
    durationSec !== undefined && !(durationSec > 0 && durationSec <= limit),
    'durationSec',
    `The video must be longer than 0 and at most ${limit} s.`,
  );
}
