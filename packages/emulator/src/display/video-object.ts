import type { Emulator } from '../emulator.ts';
import type { Video } from '../state/post.ts';
import { toCoverUrl } from './pictures.ts';

/** Fields of the video object, as TikTok names them. */
export const videoFields = [
  'id',
  'create_time',
  'cover_image_url',
  'share_url',
  'video_description',
  'duration',
  'height',
  'width',
  'title',
  'embed_html',
  'embed_link',
  'like_count',
  'comment_count',
  'share_count',
  'view_count',
  'is_aigc',
] as const;

/**
 * A video as the Display API shows it.
 *
 * @see {@link https://developers.tiktok.com/doc/tiktok-api-v2-video-object}
 */
export function toVideoObject(
  { baseUrl }: Emulator,
  video: Video,
): Record<(typeof videoFields)[number], unknown> {
  const kind = video.media_type === 'PHOTO' ? 'photo' : 'video';
  const shareUrl = `https://www.tiktok.com/@${video.username}/${kind}/${video.id}`;
  const embedLink = `https://www.tiktok.com/embed/v2/${video.id}`;
  return {
    id: video.id,
    create_time: Math.floor(video.created_at / 1000),
    cover_image_url: toCoverUrl(baseUrl, video.id),
    share_url: shareUrl,
    video_description: video.video_description,
    duration: video.duration,
    height: video.height,
    width: video.width,
    title: video.title,
    embed_html: `<iframe src="${embedLink}" width="325" height="580"></iframe>`,
    embed_link: embedLink,
    like_count: video.like_count,
    comment_count: video.comment_count,
    share_count: video.share_count,
    view_count: video.view_count,
    is_aigc: video.is_aigc,
  };
}
