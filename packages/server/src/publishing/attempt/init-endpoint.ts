import type { MediaType, PostMode } from '@greenroom/contract';

/** An endpoint that makes a post. */
export type InitEndpoint = 'content/init' | 'inbox/video/init' | 'video/init';

/** Which of TikTok's endpoints begins a post of this kind: each has a limit a minute of its own. */
export function initEndpointOf({
  media_type: mediaType,
  post_mode: postMode,
}: {
  readonly media_type: MediaType;
  readonly post_mode: PostMode;
}): InitEndpoint {
  if (mediaType === 'PHOTO') return 'content/init';
  return postMode === 'DIRECT_POST' ? 'video/init' : 'inbox/video/init';
}
