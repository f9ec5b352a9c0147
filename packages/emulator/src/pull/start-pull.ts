import type { Json } from '../json.ts';
import { MAXIMUM_PHOTO_BYTES } from '../media/media-limits.ts';
import { failPost, finishTransfer, isFinal } from '../posting/lifecycle.ts';
import type { Posting } from '../posting/posting.ts';
import type { Post } from '../state/post.ts';
import { download, PullError } from './download.ts';

/** The event that ends a pull which takes too long. */
export const PULL_DEADLINE = 'pull.deadline';

/** How long a pull may take, on the emulator's clock. */
const PULL_LIMIT_MS = 60 * 60 * 1000;

/** Largest video: 4 GB in the larger reading. */
const MAXIMUM_VIDEO_BYTES = 2 ** 32;

/** Starts to fetch what a post is made of. */
export function startPull(posting: Posting, post: Post): void {
  const { clock, work } = posting.emulator;
  const controller = new AbortController();
  posting.pulls.set(post.publish_id, controller);
  const deadline = clock.schedule({
    at: post.created_at + PULL_LIMIT_MS,
    kind: PULL_DEADLINE,
    payload: post.publish_id,
    background: true,
  });
  const signal = AbortSignal.any([controller.signal, posting.emulator.closed]);
  work.track(
    pull(posting, post, signal).finally(() => {
      // Once the state was replaced, the deadline is gone and its id may be another event's.
      if (posting.pulls.get(post.publish_id) !== controller) return;
      posting.pulls.delete(post.publish_id);
      clock.cancel(deadline);
    }),
  );
}

/** Fails a post whose pull has taken an hour. */
export function endPull(posting: Posting, publishId: Json): void {
  const post =
    typeof publishId === 'string' ? posting.emulator.store.posts.get(publishId) : undefined;
  if (post === undefined || isFinal(post) || !posting.pulls.has(post.publish_id)) return;
  const detail = `the download of ${post.publish_id} took longer than one hour`;
  posting.emulator.violations.record('pull.deadline', detail, null);
  failPost(posting, post, pullFailed(post));
}

/** The URLs that a post is pulled from; none for an upload. */
export function toPullUrls({ media_type, source_info, source }: Post): readonly string[] {
  if (source === 'FILE_UPLOAD') return [];
  const given = media_type === 'PHOTO' ? source_info['photo_images'] : [source_info['video_url']];
  return Array.isArray(given) ? given.filter((url) => typeof url === 'string') : [];
}

async function pull(posting: Posting, post: Post, signal: AbortSignal): Promise<void> {
  const hashes: string[] = [];
  try {
    for (const url of toPullUrls(post)) hashes.push(await pullOne(posting, post, url, signal));
  } catch (error) {
    for (const hash of hashes) await posting.emulator.media.release(hash);
    if (signal.aborted) return;
    failPull(posting, post, error);
    return;
  }
  finishTransfer(posting, post, post.media_type === 'PHOTO' ? hashes : (hashes[0] ?? ''));
}

async function pullOne(
  posting: Posting,
  post: Post,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  const { media } = posting.emulator;
  const file = media.open();
  const before = post.bytes;
  try {
    await download({
      url: new URL(url),
      file,
      maximumBytes: post.media_type === 'PHOTO' ? MAXIMUM_PHOTO_BYTES : MAXIMUM_VIDEO_BYTES,
      signal,
      onProgress: (bytes) => {
        post.bytes = before + bytes;
      },
    });
    return (await media.keep(file)).sha256;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function failPull(posting: Posting, post: Post, error: unknown): void {
  if (isFinal(post)) return;
  if (!(error instanceof PullError)) {
    // Our own disk or our own mistake, not the client's URL: TikTok would say the same word.
    failPost(posting, post, 'internal');
    throw error;
  }
  posting.emulator.violations.record(error.rule, error.message, null);
  failPost(posting, post, error.isTooLarge ? 'file_format_check_failed' : pullFailed(post));
}

function pullFailed({ media_type }: Post): string {
  return media_type === 'PHOTO' ? 'photo_pull_failed' : 'video_pull_failed';
}
