import type { TikTokClient } from '../client.ts';
import { TikTokValidationError } from '../errors.ts';
import type { VideoSource } from '../upload/video-source.ts';
import { type PublishCheckpoint, parsePublishCheckpoint } from './checkpoint.ts';
import { followCheckpoint } from './follow-checkpoint.ts';
import type { PublishOptions } from './publish-request.ts';
import { PublishRun, type RunReporter } from './publish-run.ts';
import type { PublishResult } from './result.ts';
import { resumeTransfer } from './transfer-video.ts';

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
    (reporter) => runResume(client, checkpoint, media.source, options, reporter),
    options,
  );
}

/** Does what {@link resumePublish} says. */
export async function runResume(
  client: TikTokClient,
  checkpoint: PublishCheckpoint,
  source: VideoSource | undefined,
  options: PublishOptions,
  reporter: RunReporter,
): Promise<PublishResult> {
  const parsed = parsePublishCheckpoint(checkpoint);
  const { upload, ...post } = parsed;
  const { sender, signal } = options;
  await reporter.checkpoint(parsed);
  if (upload !== undefined) {
    // The earlier run may have come further than its last checkpoint.
    const { status, uploaded_bytes: sent } = await client.fetchStatus(post.publishId, { signal });
    if (status === 'PROCESSING_UPLOAD' && sent !== upload.video_size) {
      if (source === undefined) throw sourceMissing();
      await resumeTransfer({ client, post, source, sender, signal, reporter }, upload);
    }
  }
  return followCheckpoint(client, post, options, reporter);
}

function sourceMissing(): TikTokValidationError {
  return new TikTokValidationError({
    code: 'source_missing',
    message: 'TikTok does not have all bytes of the video, and no source for them was given.',
    explanation: 'Give the same video as before as the source: TikTok does not have all of it.',
    whoseMove: 'developer',
  });
}
