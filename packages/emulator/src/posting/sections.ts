import { readFile } from 'node:fs/promises';
import { startPull } from '../pull/start-pull.ts';
import { parseSection } from '../snapshot/parse-section.ts';
import type { IncomingFile } from '../storage/incoming-file.ts';
import type { Posting } from './posting.ts';
import { toHashes } from './retention.ts';
import { type SavedPosting, SavedPostingSchema } from './saved-posting.ts';

/** Bytes of media that a snapshot carries at most; what does not fit is left out, and a post that needs it fails. */
const SNAPSHOT_MEDIA_BYTES = 256 * 1024 * 1024;

/** Lets snapshots keep posts, uploads, pulls, webhooks and the caps, and a reset forget them. */
export function addPostingSections(posting: Posting): void {
  posting.emulator.sections.set('posts', {
    save: () => save(posting),
    read: (saved) => {
      const parsed = parseSection(SavedPostingSchema, saved, 'posts');
      return () => load(posting, parsed);
    },
    clear: () => clear(posting),
  });
}

async function save(posting: Posting): Promise<SavedPosting> {
  const budget = { left: SNAPSHOT_MEDIA_BYTES };
  const { media } = posting.emulator;
  const uploads: SavedPosting['uploads'] = [];
  for (const { file, isReceiving: _, ...upload } of posting.uploads.list()) {
    const bytes = await readUpload(file, budget);
    uploads.push({ ...upload, bytes });
  }
  const files: Record<string, string> = {};
  for (const sha256 of media.list()) {
    const bytes = await readFile(media.findPath(sha256) ?? '').catch(() => undefined);
    if (bytes === undefined || bytes.length > budget.left) continue;
    budget.left -= bytes.length;
    files[sha256] = bytes.toString('base64');
  }
  const { posts, videos } = posting.emulator.store;
  return {
    posts: [...posts.values()],
    videos: [...videos.values()],
    caps: posting.caps.save(),
    webhooks: posting.webhooks.save(),
    uploads,
    media: files,
    last_post_id: posting.lastPostId,
    last_video_at: posting.lastVideoAt,
  };
}

async function readUpload(
  file: IncomingFile | undefined,
  budget: { left: number },
): Promise<string | null> {
  if (file === undefined || file.committedBytes > budget.left) return null;
  budget.left -= file.committedBytes;
  return (await file.readCommitted()).toString('base64');
}

async function load(posting: Posting, saved: SavedPosting): Promise<void> {
  const { emulator } = posting;
  const { posts, videos } = emulator.store;
  for (const post of saved.posts) posts.set(post.publish_id, post);
  for (const video of saved.videos) videos.set(video.id, video);
  posting.caps.load(saved.caps);
  posting.webhooks.load(saved.webhooks);
  posting.lastPostId = saved.last_post_id;
  posting.lastVideoAt = saved.last_video_at;
  for (const { bytes, ...upload } of saved.uploads) {
    const file = bytes === null ? undefined : await restore(posting, bytes);
    // Chunks whose bytes were left out have to be sent again: the next answer says so.
    const isLost = file === undefined && upload.chunks < upload.plan.totalChunkCount;
    const chunks = isLost ? 0 : upload.chunks;
    posting.uploads.add({ ...upload, chunks, isReceiving: false, file });
    const post = posts.get(upload.publish_id);
    if (isLost && post !== undefined) post.bytes = 0;
  }
  for (const post of posts.values()) {
    for (const sha256 of toHashes(post)) await restoreMedia(posting, saved.media[sha256]);
    if (post.status === 'PROCESSING_DOWNLOAD' && post.sha256 === null) {
      post.bytes = 0;
      startPull(posting, post);
    }
  }
}

async function restore(posting: Posting, base64: string): Promise<IncomingFile> {
  const file = posting.emulator.media.open();
  file.begin();
  await file.write(Buffer.from(base64, 'base64'));
  await file.commit();
  return file;
}

async function restoreMedia(posting: Posting, base64: string | undefined): Promise<void> {
  if (base64 === undefined) return;
  await posting.emulator.media.keep(await restore(posting, base64));
}

async function clear(posting: Posting): Promise<void> {
  for (const controller of posting.pulls.values()) controller.abort();
  posting.pulls.clear();
  posting.emulator.store.posts.clear();
  posting.emulator.store.videos.clear();
  posting.caps.clear();
  posting.lastPostId = 0;
  posting.lastVideoAt = 0;
  posting.webhooks.load({ deliveries: [], last_id: 0 });
  await posting.uploads.clear();
  await posting.emulator.media.clear();
}
