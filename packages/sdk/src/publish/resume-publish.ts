import type { TikTokClient } from '../client.ts';
import { TikTokValidationError } from '../errors.ts';
import { resumeUpload } from '../upload/upload-video.ts';
import type { VideoSource } from '../upload/video-source.ts';
import { type PublishCheckpoint, parsePublishCheckpoint } from './checkpoint.ts';
import type { PublishOptions } from './publish-request.ts';
import { PublishRun } from './publish-run.ts';
import { followTask, type PublishTask } from './publish-task.ts';
import type { PublishResult } from './result.ts';
import { transferVideo } from './transfer-video.ts';

/** What a post is continued with. */
export interface ResumeMedia<Source = VideoSource> {
  /** The same video as before; needed while TikTok does not have all its bytes. */
  readonly source?: Source | undefined;
}

/**
 * Goes on with a post that another process, or an earlier run, has begun: asks TikTok how far it
 * is, sends the bytes that are missing, and follows the post. It sends no init, so that it cannot
 * make a second post.
 *
 * @param client - Of the account that the post belongs to.
 * @param checkpoint - What `onCheckpoint` gave last, before or after a round trip through JSON.
 * @param media - The video, unless TikTok has it all.
 * @returns The run. Its `result` rejects as that of `publishVideo` does; with
 *   `upload_url_expired` when bytes are missing and the hour for sending them is over; and with
 *   {@link TikTokValidationError} `checkpoint_invalid` or `source_missing`.
 * @example
 * ```ts
 * import { resumePublish, TikTokClient, type VideoSource } from '@greenroom/sdk';
 *
 * export async function goOn(stored: string, source: VideoSource): Promise<void> {
 *   const client = new TikTokClient({ accessToken: 'act.example' });
 *   const { result } = resumePublish(client, JSON.parse(stored), { source });
 *   console.log((await result).status);
 * }
 * ```
 */
export function resumePublish(
  client: TikTokClient,
  checkpoint: PublishCheckpoint,
  media: ResumeMedia = {},
  options: PublishOptions = {},
): PublishRun {
  return new PublishRun(
    (reporter) => runResume({ client, options, ...reporter }, checkpoint, () => media.source),
    options,
  );
}

/** Does what {@link resumePublish} says; asks for the source only if bytes of it are missing. */
export async function runResume(
  task: PublishTask,
  stored: PublishCheckpoint,
  findSource: () => VideoSource | undefined | Promise<VideoSource>,
): Promise<PublishResult> {
  const parsed = parsePublishCheckpoint(stored);
  const { upload: checkpoint, ...post } = parsed;
  await task.checkpoint(parsed);
  if (checkpoint !== undefined) {
    // The earlier run may have come further than its last checkpoint.
    const { status, uploaded_bytes } = await task.client.fetchStatus(post.publishId, task.options);
    if (status === 'PROCESSING_UPLOAD' && uploaded_bytes !== checkpoint.video_size) {
      const source = await findSource();
      if (source === undefined) throw new TikTokValidationError({ code: 'source_missing' });
      await transferVideo(task, post, source, (transfer) =>
        resumeUpload({ ...transfer, checkpoint }),
      );
    }
  }
  return followTask(task, post);
}
