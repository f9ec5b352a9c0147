import type { TikTokClient } from '../client.ts';
import type { VideoInitAnswer } from '../posts.ts';
import { planUploads } from '../upload/chunk-plan.ts';
import type { VideoSource } from '../upload/video-source.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import { followCheckpoint } from './follow-checkpoint.ts';
import { initByLadder, initOnce } from './init-ladder.ts';
import { type PreparedVideo, prepareVideo } from './prepare-video.ts';
import type { PublishOptions, PublishVideoRequest } from './publish-request.ts';
import { PublishRun, type RunReporter } from './publish-run.ts';
import type { PublishResult } from './result.ts';
import { beginTransfer } from './transfer-video.ts';

/**
 * Publishes a video: reads what the creator may do, checks everything, sends the init, uploads the
 * bytes unless TikTok fetches them, and follows the post until TikTok is done.
 *
 * Nothing is ever sent twice: an init without a clear answer ends the run, and a lost answer to the
 * last chunk is settled by asking for the status. When TikTok clearly refuses the size or number of
 * the chunks, one more init follows with the next plan of {@link planUploads}.
 *
 * What the creator has switched off in the app is switched off in the post where it is left open.
 *
 * @param client - Of the account to post to.
 * @param request - The video and its post.
 * @returns The run: its `result`, and its events by `for await`. `result` rejects with
 *   {@link TikTokInvalidPostError} before anything was sent, with {@link TikTokUnclearInitError}
 *   when an init had no clear answer, with {@link TikTokUploadError} when the bytes could not be
 *   brought to TikTok, and with what the calls of {@link TikTokClient} throw.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-direct-post}
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-upload-video}
 * @example
 * ```ts
 * import { blobSource, publishVideo, TikTokClient } from '@greenroom/sdk';
 *
 * declare const file: File;
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const run = publishVideo(client, {
 *   source: blobSource(file),
 *   postInfo: { title: 'first light over the harbour', privacy_level: 'SELF_ONLY' },
 * });
 * for await (const event of run) console.log(event.type);
 * const result = await run.result;
 * if (result.status === 'published') console.log(result.postIds, result.visibility);
 * ```
 */
export function publishVideo(
  client: TikTokClient,
  request: PublishVideoRequest,
  options: PublishOptions = {},
): PublishRun {
  return new PublishRun((reporter) => runVideo(client, request, options, reporter), options);
}

/** Does what {@link publishVideo} says. */
export async function runVideo(
  client: TikTokClient,
  request: PublishVideoRequest,
  options: PublishOptions,
  reporter: RunReporter,
): Promise<PublishResult> {
  const { source, videoUrl } = request;
  const prepared = await prepareVideo(client, request, options.signal, reporter);
  const post =
    source === undefined
      ? await pullVideo(prepared, videoUrl, reporter)
      : await sendVideo(client, source, prepared, options, reporter);
  return followCheckpoint(client, post, options, reporter);
}

/** Has TikTok fetch the video. */
async function pullVideo(
  prepared: PreparedVideo,
  videoUrl: string,
  reporter: RunReporter,
): Promise<PublishCheckpoint> {
  const source = { source: 'PULL_FROM_URL', video_url: videoUrl } as const;
  const answer = await initOnce('pull', () => prepared.init(source));
  const post = toPost(prepared, answer);
  reporter.emit({ type: 'init', publishId: post.publishId, plan: undefined });
  await reporter.checkpoint(post);
  return post;
}

const UPLOAD_URL_LIFETIME_MS = 3_600_000;

/** Sends the video, with the first chunk plan that TikTok takes. */
async function sendVideo(
  client: TikTokClient,
  source: VideoSource,
  prepared: PreparedVideo,
  { sender, signal }: PublishOptions,
  reporter: RunReporter,
): Promise<PublishCheckpoint> {
  const { answer, plan, expiresAt } = await initByLadder(planUploads(source.size), async (plan) => {
    const startMs = client.settings.clock().getTime();
    const answer = await prepared.init({ source: 'FILE_UPLOAD', ...plan });
    return { answer, plan, expiresAt: new Date(startMs + UPLOAD_URL_LIFETIME_MS) };
  });
  const post = toPost(prepared, answer);
  reporter.emit({ type: 'init', publishId: post.publishId, plan });
  const { upload_url: uploadUrl = '' } = answer;
  const { contentType } = prepared;
  await beginTransfer(
    { client, post, source, sender, signal, reporter },
    { uploadUrl, plan, contentType, expiresAt },
  );
  return post;
}

function toPost(prepared: PreparedVideo, answer: VideoInitAnswer): PublishCheckpoint {
  const { username, privacyLevel } = prepared;
  const publishId = answer.publish_id;
  return { version: 1, publishId, mediaType: 'video', username, privacyLevel };
}
