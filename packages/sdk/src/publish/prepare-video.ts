import { toOfficialVideoInit } from '../aliases.ts';
import type { CreatorInfo } from '../creator-info.ts';
import { TikTokValidationError } from '../errors.ts';
import type { VideoInitAnswer, VideoSourceInfo } from '../posts.ts';
import { planUploads } from '../upload/chunk-plan.ts';
import { inspectVideo, type VideoContentType } from '../upload/video-type.ts';
import { applyCreatorSettings } from './check-choices.ts';
import { isLoopbackUrl, isMediaUrl, NO_MEDIA_URL } from './check-url.ts';
import { checkDuration, checkVideoPostInfo, VIDEO_INTERACTIONS } from './check-video.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import type { NoteProblem, PostProblem } from './problems.ts';
import type { PublishVideoRequest } from './publish-request.ts';
import { checkPost, type PublishTask } from './publish-task.ts';

/** A video post that may be sent. */
export interface PreparedVideo {
  /** The post, but for its name. */
  readonly post: Omit<PublishCheckpoint, 'publishId'>;
  /** What the bytes to upload are. */
  readonly contentType: VideoContentType | undefined;
  /** Sends the init with where the video comes from. */
  readonly init: (source: VideoSourceInfo) => Promise<VideoInitAnswer>;
}

/**
 * Reads what the creator may do, if it is a direct post, and refuses what cannot succeed, all of it
 * together.
 */
export async function prepareVideo(
  task: PublishTask,
  request: PublishVideoRequest,
): Promise<PreparedVideo> {
  const { client, options } = task;
  const { contentType, problems } = await checkMedia(task, request);
  const { durationSec, postInfo } = request;
  const post = { version: 1, mediaType: 'video' } as const;
  if (request.mode === 'inbox') {
    const check = (_: unknown, note: NoteProblem) => checkDuration(durationSec, undefined, note);
    await checkPost(task, false, check, problems);
    // The client leaves out what an inbox init does not take, and warns of it.
    const extras = postInfo === undefined ? {} : { post_info: postInfo };
    const init = (source_info: VideoSourceInfo) =>
      client.initInboxVideo({ ...extras, source_info }, options);
    return { post, contentType, init };
  }
  const asked = { post_info: request.postInfo, source_info: {} };
  const official = toOfficialVideoInit(asked, client.settings.onWarning).post_info;
  const check = (creator: CreatorInfo | undefined, note: NoteProblem) => {
    if (creator !== undefined) checkVideoPostInfo(official, creator, note);
    checkDuration(durationSec, creator, note);
  };
  const creator = await checkPost(task, true, check, problems);
  const post_info = applyCreatorSettings(official, creator, VIDEO_INTERACTIONS);
  const { privacy_level: privacyLevel } = post_info;
  return {
    post: { ...post, username: creator?.creator_username, privacyLevel },
    contentType,
    init: (source_info) => client.initVideo({ post_info, source_info }, options),
  };
}

/** What the bytes are, or what is wrong with where they come from. */
interface CheckedMedia {
  readonly contentType?: VideoContentType | undefined;
  readonly problems: PostProblem[];
}

async function checkMedia(
  { client, options }: PublishTask,
  { source, videoUrl, contentType }: PublishVideoRequest,
): Promise<CheckedMedia> {
  if (source === undefined) {
    const isOpen = isMediaUrl(videoUrl, isLoopbackUrl(client.settings.baseUrl));
    return { problems: isOpen ? [] : [{ field: 'videoUrl', message: NO_MEDIA_URL }] };
  }
  try {
    planUploads(source.size);
    return { contentType: contentType ?? (await inspectVideo(source, options)), problems: [] };
  } catch (error) {
    if (!(error instanceof TikTokValidationError)) throw error;
    const { code, explanation: message } = error;
    return { problems: [{ field: 'source', message, code }] };
  }
}
