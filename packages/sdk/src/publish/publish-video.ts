import type { TikTokClient } from '../client.ts';
import { planUploads } from '../upload/chunk-plan.ts';
import { UPLOAD_URL_LIFETIME_MS, uploadVideo } from '../upload/upload-video.ts';
import { initByLadder, initOnce } from './init-ladder.ts';
import { prepareVideo } from './prepare-video.ts';
import type { PublishOptions, PublishVideoRequest } from './publish-request.ts';
import { PublishRun } from './publish-run.ts';
import { followPull, followTask, type PublishTask } from './publish-task.ts';
import type { PublishResult } from './result.ts';
import { transferVideo } from './transfer-video.ts';

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
  return new PublishRun((reporter) => runVideo({ client, options, ...reporter }, request), options);
}

/** Does what {@link publishVideo} says. */
export async function runVideo(
  task: PublishTask,
  request: PublishVideoRequest,
): Promise<PublishResult> {
  const { source, videoUrl } = request;
  const { init, contentType, post } = await prepareVideo(task, request);
  if (source === undefined) {
    const pull = () => init({ source: 'PULL_FROM_URL', video_url: videoUrl });
    const { publish_id: publishId } = await initOnce('pull', pull);
    return followPull(task, { ...post, publishId });
  }
  const { clock, timeoutMs } = task.client.settings;
  const upload = await initByLadder(planUploads(source.size), async (plan) => {
    const startMs = clock().getTime();
    const answer = await init({ source: 'FILE_UPLOAD', ...plan });
    // It left after its wait in the queue, and its answer cannot have taken longer than the deadline.
    const earliestMs = Math.max(startMs, clock().getTime() - timeoutMs);
    return { answer, plan, expiresAt: new Date(earliestMs + UPLOAD_URL_LIFETIME_MS) };
  });
  const { plan, expiresAt } = upload;
  // An answer without it would have been refused.
  const { publish_id: publishId, upload_url: uploadUrl = '' } = upload.answer;
  const begun = { ...post, publishId };
  task.emit({ type: 'init', publishId, plan });
  await transferVideo(task, begun, source, (transfer) =>
    uploadVideo({ ...transfer, uploadUrl, plan, contentType, expiresAt }),
  );
  return followTask(task, begun);
}
