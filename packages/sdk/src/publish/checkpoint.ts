import { TikTokValidationError } from '../errors.ts';
import { parseUploadCheckpoint, type UploadCheckpoint } from '../upload/upload-checkpoint.ts';

/**
 * How a post can be continued by `resumePublish`, in another process too. Plain JSON.
 *
 * While `upload` is there it holds the `upload_url`, a credential: seal it before it is stored, and
 * keep it no longer than the hour that it lives. Printed by Node, Bun or Deno it hides that URL.
 */
export interface PublishCheckpoint {
  /** Version of this form. */
  readonly version: 1;
  /** TikTok's name of the post. */
  readonly publishId: string;
  /** Whether it is a video or photos. */
  readonly mediaType: 'video' | 'photo';
  /** The creator's handle, for the address of the post; missing for drafts. */
  readonly username?: string | undefined;
  /** What the post was made for; missing for drafts. */
  readonly privacyLevel?: string | undefined;
  /** How far the bytes are; missing once TikTok has them all, or fetches them itself. */
  readonly upload?: UploadCheckpoint | undefined;
}

/**
 * Reads a checkpoint that was stored.
 *
 * @throws {TikTokValidationError} `checkpoint_invalid`.
 * @example
 * ```ts
 * import { type PublishCheckpoint, parsePublishCheckpoint } from '@greenroom/sdk';
 *
 * export function restore(stored: string): PublishCheckpoint {
 *   return parsePublishCheckpoint(JSON.parse(stored));
 * }
 * ```
 */
export function parsePublishCheckpoint(value: unknown): PublishCheckpoint {
  // Only what everything else hangs on is looked at.
  const stored = value as PublishCheckpoint | null | undefined;
  if (stored?.version !== 1 || typeof stored.publishId !== 'string') {
    throw new TikTokValidationError({ code: 'checkpoint_invalid' });
  }
  const { upload } = stored;
  // Read anew, its `upload_url` is hidden from print again.
  return upload ? { ...stored, upload: parseUploadCheckpoint(upload) } : stored;
}
