import { toOfficialVideoInit } from '../aliases.ts';
import type { TikTokClient } from '../client.ts';
import { TikTokValidationError } from '../errors.ts';
import type { VideoInitAnswer, VideoPostInfo, VideoSourceInfo } from '../posts.ts';
import { planUploads } from '../upload/chunk-plan.ts';
import { inspectVideo, type VideoContentType } from '../upload/video-type.ts';
import { applyCreatorSettings } from './check-choices.ts';
import { isLoopbackUrl } from './check-url.ts';
import {
  checkDuration,
  checkVideoPostInfo,
  checkVideoUrl,
  VIDEO_INTERACTIONS,
} from './check-video.ts';
import { type PostProblem, requireNoProblems } from './problems.ts';
import type { PublishVideoRequest } from './publish-request.ts';
import type { RunReporter } from './publish-run.ts';

/** A video post that may be sent. */
export interface PreparedVideo {
  /** The creator's handle; not read for drafts. */
  readonly username: string | undefined;
  /** What the post is made for; not known for drafts. */
  readonly privacyLevel: string | undefined;
  /** What the bytes to upload are. */
  readonly contentType?: VideoContentType | undefined;
  /** Sends the init with where the video comes from. */
  readonly init: (source: VideoSourceInfo) => Promise<VideoInitAnswer>;
}

/**
 * Reads what the creator may do, if it is a direct post, and refuses what cannot succeed, all of it
 * together.
 */
export async function prepareVideo(
  client: TikTokClient,
  request: PublishVideoRequest,
  signal: AbortSignal | undefined,
  { emit }: RunReporter,
): Promise<PreparedVideo> {
  const media = await checkMedia(client, request, signal);
  if (request.mode === 'inbox') {
    requireNoProblems([...media.problems, ...checkDuration(request.durationSec)]);
    emit({ type: 'validated' });
    return { ...prepareInbox(client, request.postInfo, signal), contentType: media.contentType };
  }
  const { onWarning } = client.settings;
  const creator = await client.queryCreatorInfo({ signal });
  emit({ type: 'creator_info', creator });
  const asked = { post_info: request.postInfo, source_info: {} };
  const { post_info } = toOfficialVideoInit(asked, onWarning);
  requireNoProblems([
    ...checkVideoPostInfo(post_info, creator),
    ...checkDuration(request.durationSec, creator),
    ...media.problems,
  ]);
  emit({ type: 'validated' });
  const applied = applyCreatorSettings(post_info, creator, VIDEO_INTERACTIONS);
  return {
    username: creator.creator_username,
    privacyLevel: applied.privacy_level,
    contentType: media.contentType,
    init: (source_info) => client.initVideo({ post_info: applied, source_info }, { signal }),
  };
}

function prepareInbox(
  client: TikTokClient,
  postInfo: VideoPostInfo | undefined,
  signal: AbortSignal | undefined,
): PreparedVideo {
  // The client leaves out what an inbox init does not take, and warns of it.
  const extras = postInfo === undefined ? {} : { post_info: postInfo };
  return {
    username: undefined,
    privacyLevel: undefined,
    init: (source_info) => client.initInboxVideo({ ...extras, source_info }, { signal }),
  };
}

/** What the bytes are, or what is wrong with where they come from. */
interface CheckedMedia {
  readonly contentType?: VideoContentType | undefined;
  readonly problems: readonly PostProblem[];
}

async function checkMedia(
  client: TikTokClient,
  request: PublishVideoRequest,
  signal: AbortSignal | undefined,
): Promise<CheckedMedia> {
  const { source, videoUrl, contentType } = request;
  if ((source === undefined) === (videoUrl === undefined)) {
    const message = 'Give either a source, to upload the video, or a videoUrl for TikTok to fetch.';
    return { problems: [{ field: 'source', message }] };
  }
  if (source === undefined) {
    const allowLoopback = isLoopbackUrl(new URL(client.settings.baseUrl));
    return { problems: checkVideoUrl(videoUrl, allowLoopback) };
  }
  try {
    planUploads(source.size);
    return { contentType: contentType ?? (await inspectVideo(source, { signal })), problems: [] };
  } catch (error) {
    if (!(error instanceof TikTokValidationError)) throw error;
    const { code, explanation: message } = error;
    return { problems: [{ field: 'source', message, code }] };
  }
}
