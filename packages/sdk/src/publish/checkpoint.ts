import { TikTokValidationError } from '../errors.ts';
import { parseUploadCheckpoint, type UploadCheckpoint } from '../upload/upload-checkpoint.ts';

/**
 * How a post can be continued by `resumePublish`, in another process too. Plain JSON.
 *
 * While `upload` is there it holds the `upload_url`, a credential: seal it before it is stored, and
 * keep it no longer than the hour that it lives.
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
  // Every field is looked at below before it is believed.
  const { ...stored } = (typeof value === 'object' ? value : {}) as Partial<PublishCheckpoint>;
  const { version, publishId, mediaType, username, privacyLevel, upload } = stored;
  if (
    version !== 1 ||
    typeof publishId !== 'string' ||
    publishId === '' ||
    (mediaType !== 'video' && mediaType !== 'photo') ||
    !isOptionalText(username) ||
    !isOptionalText(privacyLevel)
  ) {
    const message = 'This is not a checkpoint of a post, or not one of this version.';
    throw new TikTokValidationError({ code: 'checkpoint_invalid', message });
  }
  const post = { version, publishId, mediaType, username, privacyLevel } as const;
  return upload === undefined ? post : { ...post, upload: parseUploadCheckpoint(upload) };
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
