import { TikTokValidationError } from '../errors.ts';
import { INSPECT, REDACTED } from '../redact.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { isVideoContentType, type VideoContentType } from './video-type.ts';

/**
 * Where an upload stands: plain JSON with which another process resumes it within its hour.
 *
 * **It holds the `upload_url`, which is a credential:** whoever has it can finish the upload with
 * other bytes. Seal it before it is stored. Printed by Node, Bun or Deno it hides that URL;
 * `JSON.stringify` keeps it, as the other process needs it, and what `JSON.parse` gives back is an
 * ordinary object that hides nothing.
 */
export interface UploadCheckpoint extends ChunkPlan {
  /** Version of this form. */
  readonly version: 1;
  /** Where the chunks go. A credential. */
  readonly upload_url: string;
  /** Type that every chunk is sent with. */
  readonly content_type: VideoContentType;
  /** Bytes that TikTok had confirmed. It may have the chunk after them too. */
  readonly uploaded_bytes: number;
  /** When the `upload_url` expires: one hour after the init (ISO 8601). */
  readonly expires_at: string;
  /** {@link VideoSource.fingerprint} of the source; `null` if it has none. */
  readonly source_fingerprint: string | null;
}

/** Makes a checkpoint that does not show its `upload_url` when it is printed. */
export function toCheckpoint(facts: UploadCheckpoint): UploadCheckpoint {
  const checkpoint = { ...facts };
  // Not enumerable: it is neither written to JSON nor copied.
  Object.defineProperty(checkpoint, INSPECT, {
    value: () => ({ ...checkpoint, upload_url: REDACTED }),
  });
  return checkpoint;
}

/**
 * Reads a checkpoint that was stored.
 *
 * @throws {TikTokValidationError} `checkpoint_invalid`.
 * @example
 * ```ts
 * import { parseUploadCheckpoint, type UploadCheckpoint } from '@greenroom/sdk';
 *
 * export function restore(stored: string): UploadCheckpoint {
 *   return parseUploadCheckpoint(JSON.parse(stored));
 * }
 * ```
 */
export function parseUploadCheckpoint(value: unknown): UploadCheckpoint {
  // Every field is looked at below before it is believed.
  const { ...facts } = (typeof value === 'object' ? value : {}) as Partial<UploadCheckpoint>;
  const { version, upload_url, content_type, expires_at, source_fingerprint = null } = facts;
  const { video_size, chunk_size, total_chunk_count, uploaded_bytes } = facts;
  if (
    version !== 1 ||
    typeof upload_url !== 'string' ||
    !isVideoContentType(content_type) ||
    typeof expires_at !== 'string' ||
    Number.isNaN(Date.parse(expires_at)) ||
    !(source_fingerprint === null || typeof source_fingerprint === 'string') ||
    !isCount(video_size) ||
    !isCount(chunk_size) ||
    !isCount(total_chunk_count) ||
    !isCount(uploaded_bytes) ||
    uploaded_bytes > video_size
  ) {
    const message = 'This is not a checkpoint of an upload, or not one of this version.';
    throw new TikTokValidationError({ code: 'checkpoint_invalid', message });
  }
  const plan = { video_size, chunk_size, total_chunk_count };
  const fixed = { version, upload_url, content_type, expires_at, source_fingerprint } as const;
  return toCheckpoint({ ...fixed, ...plan, uploaded_bytes });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
