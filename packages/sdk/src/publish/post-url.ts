/** Of whom and of what kind a post is. */
export interface PostedMedia {
  /** The creator's handle (`creator_username`), without `@`; `undefined` if not known. */
  readonly username: string | undefined;
  /** Photos have another address than videos. */
  readonly mediaType: 'video' | 'photo';
}

/**
 * Makes the web address of a public post, which TikTok's status does not tell.
 *
 * @param post - The creator's handle, the post's id as a string, and its kind.
 * @example
 * ```ts
 * import { postUrl } from '@greenroom/sdk';
 *
 * postUrl({ username: 'demo_creator', postId: '7678907398077074696', mediaType: 'video' });
 * // https://www.tiktok.com/@demo_creator/video/7678907398077074696
 * ```
 */
export function postUrl(
  post: PostedMedia & { readonly username: string; readonly postId: string },
): string {
  const { username, postId, mediaType } = post;
  const path = [mediaType, postId].map(encodeURIComponent).join('/');
  return `https://www.tiktok.com/@${encodeURIComponent(username)}/${path}`;
}
