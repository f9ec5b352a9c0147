import type { TikTokClient } from '../client.ts';
import { TikTokUploadError } from '../errors.ts';
import type { ChunkPlan } from '../upload/chunk-plan.ts';
import type { ChunkSender } from '../upload/chunk-sender.ts';
import type { UploadCheckpoint } from '../upload/upload-checkpoint.ts';
import type { TransferOptions } from '../upload/upload-options.ts';
import type { AllowUploadHost } from '../upload/upload-url.ts';
import { resumeUpload, uploadVideo } from '../upload/upload-video.ts';
import type { VideoSource } from '../upload/video-source.ts';
import type { VideoContentType } from '../upload/video-type.ts';
import { isLoopbackUrl } from './check-url.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import type { RunReporter } from './publish-run.ts';

/** What a transfer works with. */
export interface Transfer {
  readonly client: TikTokClient;
  /** The post, without its upload. */
  readonly post: PublishCheckpoint;
  readonly source: VideoSource;
  readonly sender: ChunkSender | undefined;
  readonly signal: AbortSignal | undefined;
  readonly reporter: RunReporter;
}

/** A transfer that begins. */
export interface NewUpload {
  readonly uploadUrl: string;
  readonly plan: ChunkPlan;
  readonly contentType: VideoContentType | undefined;
  readonly expiresAt: Date;
}

/** Brings all bytes to TikTok, telling progress and checkpoints. */
export async function beginTransfer(transfer: Transfer, upload: NewUpload): Promise<void> {
  await settle(transfer, uploadVideo({ ...upload, ...toOptions(transfer) }));
}

/** Brings the bytes to TikTok that it does not have yet. */
export async function resumeTransfer(
  transfer: Transfer,
  checkpoint: UploadCheckpoint,
): Promise<void> {
  await settle(transfer, resumeUpload({ checkpoint, ...toOptions(transfer) }));
}

async function settle({ post, reporter }: Transfer, upload: Promise<unknown>): Promise<void> {
  try {
    await upload;
  } catch (error) {
    // TikTok has given the post up: its status, which is read next, says why.
    const isGivenUp = error instanceof TikTokUploadError && error.code === 'upload_task_failed';
    if (!isGivenUp) throw error;
  }
  await reporter.checkpoint(post);
}

function toOptions(transfer: Transfer) {
  const { client, post, source, sender, signal, reporter } = transfer;
  const { clock, sleep, random } = client.settings;
  return {
    source,
    sender,
    signal,
    clock,
    sleep,
    random,
    allowUploadHost: findAllowedHost(client),
    fetchStatus: (statusSignal) => client.fetchStatus(post.publishId, { signal: statusSignal }),
    onCheckpoint: (upload) => reporter.checkpoint({ ...post, upload }),
    onProgress: ({ bytes, totalBytes, bytesPerSecond, timeLeftMs }) =>
      reporter.emit({
        type: 'upload',
        bytesSent: bytes,
        bytesTotal: totalBytes,
        bytesPerSecond,
        timeLeftMs,
      }),
  } satisfies TransferOptions;
}

/** Lets bytes go to loopback where the API is there too, and else where the caller says. */
function findAllowedHost(client: TikTokClient): AllowUploadHost | undefined {
  const { allowUploadHost, baseUrl } = client.settings;
  if (allowUploadHost !== undefined) return allowUploadHost;
  return isLoopbackUrl(new URL(baseUrl)) ? isLoopbackUrl : undefined;
}
