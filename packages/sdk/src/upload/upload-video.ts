import { systemClock } from '../clock.ts';
import { TikTokUploadError, TikTokValidationError } from '../errors.ts';
import { type ChunkPlan, requireVideoSize } from './chunk-plan.ts';
import { parseUploadCheckpoint } from './upload-checkpoint.ts';
import type { ResumeOptions, UploadOptions, UploadResult } from './upload-options.ts';
import { UploadTask } from './upload-task.ts';
import { requireUploadUrl } from './upload-url.ts';
import type { VideoSource } from './video-source.ts';
import { inspectVideo } from './video-type.ts';

/** How long an `upload_url` is good for, in milliseconds. */
export const UPLOAD_URL_LIFETIME_MS = 3_600_000;

/**
 * Sends a video to the `upload_url` of an init: chunk after chunk, streaming, with repeats of what
 * fails, and within the hour for which the URL is valid.
 *
 * @throws {TikTokUploadError} If TikTok or the source refuses, or the outcome is unknown.
 * @throws {TikTokNetworkError} If the connection kept failing; the upload can be resumed.
 * @throws {TikTokTimeoutError} If a connection stood still; the upload can be resumed.
 * @throws {TikTokValidationError} If the video or the plan cannot be right; nothing was sent.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 * @example
 * ```ts
 * import { blobSource, planUploads, TikTokClient, uploadVideo } from '@greenroom/sdk';
 *
 * export async function sendToInbox(client: TikTokClient, video: Blob): Promise<string> {
 *   const [plan] = planUploads(video.size);
 *   const init = await client.initInboxVideo({ source_info: { source: 'FILE_UPLOAD', ...plan } });
 *   const { publish_id, upload_url = '' } = init;
 *   await uploadVideo({
 *     uploadUrl: upload_url,
 *     source: blobSource(video),
 *     plan,
 *     fetchStatus: (signal) => client.fetchStatus(publish_id, { signal }),
 *     onProgress: ({ bytes, totalBytes }) => console.error(`${bytes} of ${totalBytes}`),
 *   });
 *   return publish_id;
 * }
 * ```
 */
export async function uploadVideo(options: UploadOptions): Promise<UploadResult> {
  const { uploadUrl, source, plan, clock = systemClock, contentType, expiresAt } = options;
  requireUploadUrl(uploadUrl, options.allowUploadHost);
  requireFittingPlan(plan, source);
  const { video_size, chunk_size, total_chunk_count } = plan;
  const end = expiresAt?.getTime() ?? clock().getTime() + UPLOAD_URL_LIFETIME_MS;
  const facts = {
    version: 1,
    upload_url: uploadUrl,
    video_size,
    chunk_size,
    total_chunk_count,
    content_type: contentType ?? (await inspectVideo(source, options)),
    uploaded_bytes: 0,
    expires_at: new Date(end).toISOString(),
    source_fingerprint: source.fingerprint ?? null,
  } as const;
  return new UploadTask(facts, options).run({ askFirst: false });
}

/**
 * Goes on with an upload that another process, or an earlier call, has begun: from the byte where
 * it stood, within the hour of the `upload_url`. It asks for the status before it sends anything,
 * so that nothing is sent twice but the chunk that was under way.
 *
 * @throws {TikTokValidationError} `checkpoint_invalid`.
 * @throws {TikTokUploadError} `source_changed` if the source is not the one of the checkpoint; and
 * all that {@link uploadVideo} throws.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 * @example
 * ```ts
 * import { resumeUpload, type TikTokClient, type VideoSource } from '@greenroom/sdk';
 *
 * export async function goOn(
 *   client: TikTokClient,
 *   stored: { publishId: string; checkpoint: string },
 *   source: VideoSource,
 * ): Promise<void> {
 *   await resumeUpload({
 *     checkpoint: JSON.parse(stored.checkpoint),
 *     source,
 *     fetchStatus: (signal) => client.fetchStatus(stored.publishId, { signal }),
 *   });
 * }
 * ```
 */
export async function resumeUpload(options: ResumeOptions): Promise<UploadResult> {
  const { source } = options;
  const facts = parseUploadCheckpoint(options.checkpoint);
  requireUploadUrl(facts.upload_url, options.allowUploadHost);
  const fingerprint = source.fingerprint ?? null;
  if (facts.video_size !== source.size || facts.source_fingerprint !== fingerprint) {
    throw new TikTokUploadError({ code: 'source_changed' });
  }
  requireFittingPlan(facts, source);
  return new UploadTask(facts, options).run({ askFirst: true });
}

/** Refuses a plan that cannot be that of this source; whether TikTok took it, its init told. */
function requireFittingPlan(plan: ChunkPlan, source: VideoSource): void {
  requireVideoSize(source.size);
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  if (size === source.size && count > 0 && count === Math.floor(size / chunk)) return;
  throw new TikTokValidationError({ code: 'chunk_plan_invalid' });
}
