import { type TikTokError, TikTokUploadError } from '../errors.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { ChunkAnswer } from './chunk-sender.ts';
import { readProgress } from './upload-position.ts';

/** Why TikTok did not say of a chunk, or of the rest of one, that it has it. */
export interface ChunkFailure {
  /** What to throw in the end. If it is retryable the chunk may be sent again. */
  readonly error: TikTokError;
  /** Whether TikTok may have it although it did not say so. */
  readonly mayHave?: boolean;
  /** Whether TikTok stands elsewhere than was thought. */
  readonly isOutOfSync?: boolean;
  /** Where it says that it stands, then: a count or the last index. */
  readonly progress?: number | undefined;
  /** `Retry-After` of the answer. */
  readonly retryAfter?: string | null;
}

/**
 * Reads TikTok's answer to a chunk (reference, section 5.3): by its status and its
 * `Content-Range`; bodies are not documented.
 *
 * @param isWhole - Whether all bytes of the chunk had left before the answer came.
 * @returns Nothing if TikTok has it.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function findFailure(
  { status, header }: ChunkAnswer,
  { last }: ByteRange,
  videoSize: number,
  isWhole: boolean,
): ChunkFailure | undefined {
  const fail = (code: string, more?: Partial<ChunkFailure>): ChunkFailure => {
    const error = new TikTokUploadError({ code, status });
    return { error, retryAfter: header('retry-after'), ...more };
  };
  if (status >= 500 || status === 429 || status === 408) {
    // A gateway may have lost the upload host's answer to the last chunk.
    return fail('upload_server_error', { mayHave: isWhole && last === videoSize - 1 });
  }
  const isSuccess = status === 200 || status === 201 || status === 206;
  if (!isSuccess && status !== 416) return fail(codeOf(status), { mayHave: status < 300 });
  const stated = readProgress(header('content-range'));
  // A proxy's login page says 200 too, and nobody can have a chunk before its last byte left.
  const isPage = stated === undefined && /html/.test(header('content-type') ?? '');
  if (isSuccess && (!isWhole || isPage)) return fail(codeOf(0), { mayHave: isWhole });
  if (isSuccess && (stated === undefined || stated.middle === last || stated.middle === last + 1)) {
    return undefined;
  }
  // A progress of another size is that of another video.
  const isOurs = stated !== undefined && !(stated.total > 0 && stated.total !== videoSize);
  const progress = isOurs ? stated.middle : undefined;
  return fail('upload_out_of_sync', { isOutOfSync: true, progress, mayHave: isSuccess });
}

function codeOf(status: number): string {
  if (status === 403) return 'upload_url_expired';
  if (status === 404) return 'upload_not_found';
  if (status >= 400) return 'upload_rejected';
  return status >= 300 ? 'upload_redirected' : 'upload_unexpected_answer';
}
