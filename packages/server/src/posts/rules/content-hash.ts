import { hash } from 'node:crypto';
import type { MediaToCheck, PostContent } from './post-content.ts';

/**
 * SHA-256 over what TikTok's viewers would see: media and texts. The same file, uploaded twice, is the same media;
 * choices do not count.
 */
export function contentHash(post: PostContent, media: readonly MediaToCheck[]): Buffer {
  const parts = post.media.map(({ media_id: id, url }) => {
    const sha256 = media.find((one) => one.id === id)?.sha256;
    return sha256 ?? id ?? url ?? null;
  });
  const content = [post.media_type, parts, post.title, post.description];
  return hash('sha256', JSON.stringify(content), 'buffer');
}
