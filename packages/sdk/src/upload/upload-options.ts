import type { Clock, Random, Sleep } from '../clock.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import type { ChunkSender } from './chunk-sender.ts';
import type { UploadCheckpoint } from './upload-checkpoint.ts';
import type { UploadProgress } from './upload-progress.ts';
import type { AllowUploadHost } from './upload-url.ts';
import type { VideoSource } from './video-source.ts';
import type { VideoContentType } from './video-type.ts';

/** What an upload reads of a post's status; the answer of `TikTokClient.fetchStatus` fits. */
export interface UploadStatus {
  /** TikTok's `status`, such as `PROCESSING_UPLOAD`. */
  readonly status: string;
  /** Bytes that TikTok has. */
  readonly uploaded_bytes?: number | undefined;
}

/** Asks TikTok for the status of the post that is uploaded. */
export type FetchUploadStatus = (signal: AbortSignal) => Promise<UploadStatus>;

/** How long nothing may move before it is taken for broken. */
export const DEFAULT_IDLE_TIMEOUT_MS = 60_000;

/** What {@link uploadVideo} and {@link resumeUpload} have in common. */
export interface TransferOptions {
  /** Where the bytes come from. */
  readonly source: VideoSource;
  /** What brings the chunks to TikTok; by default {@link fetchSender}. It is not closed. */
  readonly sender?: ChunkSender | undefined;
  /**
   * Asks for the status of the post, to find out what TikTok has when an answer was lost. Without
   * it an answer that was lost after the very last byte ends in `upload_outcome_unknown`; only after
   * a 5xx is the last chunk sent again then, as TikTok has it.
   */
  readonly fetchStatus?: FetchUploadStatus | undefined;
  /** Allows an `upload_url` on a host that is not TikTok's: an emulator's, a proxy's. */
  readonly allowUploadHost?: AllowUploadHost | undefined;
  /** Is told how far the upload is, at most ten times a second and at every confirmed chunk. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Is given a checkpoint at the start and after every confirmed chunk; the next chunk waits until
   * it is stored. It holds the `upload_url`: seal it.
   */
  readonly onCheckpoint?: ((checkpoint: UploadCheckpoint) => void | Promise<void>) | undefined;
  /** Ends the upload; it can be resumed from the last checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** How often one chunk is sent again after a network error or a 5xx; by default 5. */
  readonly maxRetries?: number | undefined;
  /** How long a connection may stay without a byte moving, in milliseconds; by default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** By default the host's clock. */
  readonly clock?: Clock | undefined;
  /** By default the host's timers. */
  readonly sleep?: Sleep | undefined;
  /** By default `Math.random`; spreads repeats in time. */
  readonly random?: Random | undefined;
}

/** Options of {@link uploadVideo}. */
export interface UploadOptions extends TransferOptions {
  /** `upload_url` of the init's answer, unchanged. */
  readonly uploadUrl: string;
  /** The plan that the init was sent with. */
  readonly plan: ChunkPlan;
  /** Type of the video; by default what {@link inspectVideo} finds. */
  readonly contentType?: VideoContentType | undefined;
  /** When the `upload_url` expires; by default in one hour. Give the init's time plus an hour. */
  readonly expiresAt?: Date | undefined;
}

/** Options of {@link resumeUpload}. */
export interface ResumeOptions extends TransferOptions {
  /** What `onCheckpoint` gave, before or after a round trip through JSON. */
  readonly checkpoint: UploadCheckpoint;
  /** Asks what TikTok has before anything is sent. */
  readonly fetchStatus: FetchUploadStatus;
}

/** How an upload ended well. */
export interface UploadResult {
  /** Size of the video, in bytes; TikTok has all of them. */
  readonly bytes: number;
  /** How many chunks, or parts of chunks, had to be sent again. */
  readonly retries: number;
  /** What told that it is complete: the answer to the last chunk, or the post's status. */
  readonly settledBy: 'answer' | 'status';
}
