import { toOfficialPhotoInit } from '../aliases.ts';
import type { TikTokClient } from '../client.ts';
import type { PhotoInit, PhotoPostInfo } from '../posts.ts';
import { applyCreatorSettings } from './check-choices.ts';
import { checkPhotos, PHOTO_INTERACTIONS } from './check-photos.ts';
import { isLoopbackUrl } from './check-url.ts';
import type { FollowOptions } from './follow-post.ts';
import { initOnce } from './init-ladder.ts';
import { PublishRun, type RunOptions } from './publish-run.ts';
import { checkPost, followPull, type PublishTask } from './publish-task.ts';
import type { PublishResult } from './result.ts';

/** A post of photos, or a draft of one. */
export type PublishPhotosRequest = PhotoMedia & (DirectPhotos | DraftPhotos);

/** The photos of a post. */
export interface PhotoMedia {
  /**
   * 1 to 35 `https` addresses of JPEG or WebP pictures, in order, under a domain or URL prefix
   * that is verified for the app. TikTok fetches them, within the hour; a picture has at most 20 MB
   * and 1080 pixels on its shorter side.
   */
  readonly photoUrls: readonly string[];
  /** Which photo is the cover, from 0; the first by default. */
  readonly coverIndex?: number | undefined;
}

/** Photos that are posted. Scope `video.publish`. */
export interface DirectPhotos {
  /** Posts the photos; the default. */
  readonly mode?: 'direct' | undefined;
  /** Text and choices, as TikTok spells them. */
  readonly postInfo: PhotoPostInfo;
}

/** Photos of which a notification goes to the creator's inbox. Scope `video.upload`. */
export interface DraftPhotos {
  /** The creator finishes the post in the TikTok app. */
  readonly mode: 'draft';
  /** The texts to begin with; all else is chosen in the app. */
  readonly postInfo?: Pick<PhotoPostInfo, 'title' | 'description'> | undefined;
}

/**
 * Publishes photos: reads what the creator may do, checks everything, sends one init, and follows
 * the post until TikTok is done. Nothing is ever sent twice.
 *
 * What the creator has switched off in the app is switched off in the post where it is left open.
 *
 * @param client - Of the account to post to.
 * @param request - The photos and their post.
 * @returns The run: its `result`, and its events by `for await`. `result` rejects with
 *   {@link TikTokInvalidPostError} before anything was sent, with {@link TikTokUnclearInitError}
 *   when the init had no clear answer, and with what the calls of {@link TikTokClient} throw.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-photo-post}
 * @example
 * ```ts
 * import { publishPhotos, TikTokClient } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const { result } = publishPhotos(client, {
 *   postInfo: { privacy_level: 'SELF_ONLY', title: 'three rooms, one lamp' },
 *   photoUrls: ['https://media.example.com/p/1.webp', 'https://media.example.com/p/2.jpg'],
 * });
 * console.log((await result).status);
 * ```
 */
export function publishPhotos(
  client: TikTokClient,
  request: PublishPhotosRequest,
  options: FollowOptions & RunOptions = {},
): PublishRun {
  return new PublishRun(
    (reporter) => runPhotos({ client, options, ...reporter }, request),
    options,
  );
}

async function runPhotos(task: PublishTask, request: PublishPhotosRequest): Promise<PublishResult> {
  const { client, options } = task;
  const { onWarning, baseUrl } = client.settings;
  const asked = toOfficialPhotoInit(toInit(request), onWarning);
  const creator = await checkPost(task, request.mode !== 'draft', (creator, note) =>
    checkPhotos(asked, creator, isLoopbackUrl(baseUrl), note),
  );
  const post_info = applyCreatorSettings(asked.post_info, creator, PHOTO_INTERACTIONS);
  const init = () => client.initPhotos({ ...asked, post_info }, options);
  const { publish_id: publishId } = await initOnce('pull', init);
  return followPull(task, {
    version: 1,
    publishId,
    mediaType: 'photo',
    username: creator?.creator_username,
    privacyLevel: post_info.privacy_level,
  });
}

function toInit(request: PublishPhotosRequest): PhotoInit {
  const { photoUrls: photo_images, coverIndex: photo_cover_index = 0 } = request;
  const source_info = { source: 'PULL_FROM_URL', photo_images, photo_cover_index } as const;
  if (request.mode !== 'draft') {
    return { post_mode: 'DIRECT_POST', post_info: request.postInfo, source_info };
  }
  const { title, description } = request.postInfo ?? {};
  return { post_mode: 'MEDIA_UPLOAD', post_info: { title, description }, source_info };
}
