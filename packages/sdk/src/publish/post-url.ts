/** A public post, as its address names it. */
export interface PostedMedia {
  /** The creator's handle (`creator_username`), without `@`. */
  readonly username: string;
  /** The post's id, as a string. */
  readonly postId: string;
  /** Photos have another address than videos. */
  readonly mediaType: 'video' | 'photo';
}

/**
 * Makes the web address of a public post, which TikTok's status does not tell.
 *
 * @example
 * ```ts
 * import { postUrl } from '@greenroom/sdk';
 *
 * postUrl({ username: 'demo_creator', postId: '7678907398077074696', mediaType: 'video' });
 * // https://www.tiktok.com/@demo_creator/video/7678907398077074696
 * ```
 */
export function postUrl({ username, postId, mediaType }: PostedMedia): string {
  const parts = [`@${username}`, mediaType, postId].map(encodeURIComponent);
  return `https://www.tiktok.com/${parts.join('/')}`.replace('%40', '@');
}
