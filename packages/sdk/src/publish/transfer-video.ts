import type { TikTokClient } from '../client.ts';
import { TikTokUploadError } from '../errors.ts';
import { fetchSender } from '../upload/fetch-sender.ts';
import type { ResumeOptions } from '../upload/upload-options.ts';
import type { AllowUploadHost } from '../upload/upload-url.ts';
import type { VideoSource } from '../upload/video-source.ts';
import { isLoopbackUrl } from './check-url.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import type { PublishTask } from './publish-task.ts';

/**
 * Brings the bytes of a video to TikTok, telling progress and checkpoints.
 *
 * @param post - The post, without its upload.
 * @param send - Begins the upload, or goes on with it.
 */
export async function transferVideo(
  task: PublishTask,
  post: PublishCheckpoint,
  source: VideoSource,
  send: (options: Omit<ResumeOptions, 'checkpoint'>) => Promise<unknown>,
): Promise<void> {
  const { client, options, emit, checkpoint } = task;
  const { sender = fetchSender(client.settings), signal, idleTimeoutMs } = options;
  try {
    await send({
      ...client.settings,
      allowUploadHost: findAllowedHost(client),
      source,
      sender,
      signal,
      idleTimeoutMs,
      fetchStatus: (signal) => client.fetchStatus(post.publishId, { signal }),
      onCheckpoint: (upload) => checkpoint({ ...post, upload }),
      onProgress: ({ bytes: bytesSent, totalBytes: bytesTotal, bytesPerSecond, timeLeftMs }) =>
        emit({ type: 'upload', bytesSent, bytesTotal, bytesPerSecond, timeLeftMs }),
    });
  } catch (error) {
    // TikTok has given the post up: its status, which is read next, says why.
    const isGivenUp = error instanceof TikTokUploadError && error.code === 'upload_task_failed';
    if (!isGivenUp) throw error;
  }
  await checkpoint(post);
}

/** Lets bytes go to loopback where the API is there too, and else where the caller says. */
function findAllowedHost({ settings }: TikTokClient): AllowUploadHost | undefined {
  const { allowUploadHost, baseUrl } = settings;
  return allowUploadHost ?? (isLoopbackUrl(baseUrl) ? isLoopbackUrl : undefined);
}
