/** A public video of an account, as far as it tells posts apart. */
export interface PublicVideo {
  readonly id: string;
  /** UTC seconds. */
  readonly createTime: number;
  readonly title: string;
  readonly description: string;
}

/** A post whose video is looked for. */
export interface SoughtPost {
  readonly mediaType: 'VIDEO' | 'PHOTO';
  readonly title: string;
  readonly description: string;
  /** When its init was sent: what is older is not it. */
  readonly since: Date;
}

/** Longest text of a video object (reference 10.4). */
const TEXT_LIMIT = 150;
// TikTok tells whole seconds, and its clock is not ours.
const CLOCKS_DIFFER_BY_MS = 5_000;

/**
 * Finds the public video that a post has become: the only one since its init that has its text and is no other post's.
 * Without a text nothing tells it from what the creator posts by hand. Pure.
 *
 * @param knownIds - Public ids that belong to posts of ours.
 */
export function findVideo(
  post: SoughtPost,
  videos: readonly PublicVideo[],
  knownIds: ReadonlySet<string>,
): string | undefined {
  const text = cut(post.mediaType === 'PHOTO' ? post.description || post.title : post.title);
  if (text === '') return undefined;
  const since = post.since.getTime() - CLOCKS_DIFFER_BY_MS;
  const matches = videos.filter(
    (video) =>
      !knownIds.has(video.id) &&
      // A second that began before the instant counts.
      (video.createTime + 1) * 1000 > since &&
      (cut(video.title) === text || cut(video.description) === text),
  );
  return matches.length === 1 ? matches[0]?.id : undefined;
}

/** As TikTok shows it; what it makes of a half surrogate pair is not compared. */
function cut(text: string): string {
  return text.trim().slice(0, TEXT_LIMIT - 1);
}
