import type { TikTokClient } from '../client.ts';
import type { PublishCheckpoint } from '../publish/checkpoint.ts';
import type { PublishOptions, PublishVideoRequest } from '../publish/publish-request.ts';
import { PublishRun } from '../publish/publish-run.ts';
import type { PublishTask } from '../publish/publish-task.ts';
import { runVideo } from '../publish/publish-video.ts';
import type { PublishResult } from '../publish/result.ts';
import { type ResumeMedia, runResume } from '../publish/resume-publish.ts';
import { nodeSender } from './node-sender.ts';
import { type NodeVideoSource, toVideoSource } from './upload-file.ts';

/**
 * `publishVideo` of `@greenroom/sdk` with files as sources and Node's own transport.
 *
 * @param request - As in the root entry; `source` may also be the path, URL or handle of a file.
 * @returns The run. Its `result` also rejects with what `fileSource` throws; nothing was sent then.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-reference-direct-post}
 * @example
 * ```ts
 * import { TikTokClient } from '@greenroom/sdk';
 * import { publishVideo } from '@greenroom/sdk/node';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const run = publishVideo(client, {
 *   source: 'video.mp4',
 *   postInfo: { title: 'first light over the harbour', privacy_level: 'SELF_ONLY' },
 * });
 * for await (const event of run) console.log(event.type);
 * console.log(await run.result);
 * ```
 */
export function publishVideo(
  client: TikTokClient,
  request: PublishVideoRequest<NodeVideoSource>,
  options: PublishOptions = {},
): PublishRun {
  return new PublishRun(async (reporter) => {
    const task = { client, options, ...reporter };
    if (request.source === undefined) return runVideo(task, request);
    const source = await toVideoSource(request.source);
    return withSender(task, (sending) => runVideo(sending, { ...request, source }));
  }, options);
}

/**
 * `resumePublish` of `@greenroom/sdk` with files as sources and Node's own transport.
 *
 * @param checkpoint - What `onCheckpoint` gave last, before or after a round trip through JSON.
 * @param media - The video, unless TikTok has it all; its `source` may also be a file.
 * @example
 * ```ts
 * import { TikTokClient } from '@greenroom/sdk';
 * import { resumePublish } from '@greenroom/sdk/node';
 *
 * export async function goOn(stored: string, path: string): Promise<void> {
 *   const client = new TikTokClient({ accessToken: 'act.example' });
 *   const { result } = resumePublish(client, JSON.parse(stored), { source: path });
 *   console.log((await result).status);
 * }
 * ```
 */
export function resumePublish(
  client: TikTokClient,
  checkpoint: PublishCheckpoint,
  media: ResumeMedia<NodeVideoSource> = {},
  options: PublishOptions = {},
): PublishRun {
  return new PublishRun(async (reporter) => {
    const task = { client, options, ...reporter };
    const findSource = () => (media.source === undefined ? undefined : toVideoSource(media.source));
    return withSender(task, (sending) => runResume(sending, checkpoint, findSource));
  }, options);
}

async function withSender(
  task: PublishTask,
  act: (task: PublishTask) => Promise<PublishResult>,
): Promise<PublishResult> {
  if (task.options.sender !== undefined) return act(task);
  const sender = nodeSender();
  try {
    return await act({ ...task, options: { ...task.options, sender } });
  } finally {
    await sender.close();
  }
}
