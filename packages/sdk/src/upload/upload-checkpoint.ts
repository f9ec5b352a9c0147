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
  // Not enumerable: it is neither written to JSON nor copied.
  const value = () => ({ ...facts, upload_url: REDACTED });
  return Object.defineProperty({ ...facts }, INSPECT, { value });
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
  // Every field is looked at before it is believed.
  const facts = { source_fingerprint: null, ...(value as Partial<UploadCheckpoint> | null) };
  const { video_size: size = 0, chunk_size = 0, total_chunk_count = 0 } = facts;
  const { uploaded_bytes = -1 } = facts;
  const isRight =
    facts.version === 1 &&
    typeof facts.upload_url === 'string' &&
    isVideoContentType(facts.content_type) &&
    !Number.isNaN(Date.parse(String(facts.expires_at))) &&
    ['string', 'object'].includes(typeof facts.source_fingerprint) &&
    [size, chunk_size, total_chunk_count, uploaded_bytes].every(Number.isSafeInteger) &&
    Math.min(chunk_size, total_chunk_count) > 0 &&
    uploaded_bytes >= 0 &&
    uploaded_bytes <= size;
  if (!isRight) throw new TikTokValidationError({ code: 'checkpoint_invalid' });
  return toCheckpoint(facts as UploadCheckpoint); // as was just looked at
}
