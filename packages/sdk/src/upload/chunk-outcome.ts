import { type TikTokError, TikTokUploadError } from '../errors.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { ChunkAnswer } from './chunk-sender.ts';
import { readProgress } from './upload-position.ts';

/** What an attempt to send a chunk, or the rest of one, came to. */
export type ChunkOutcome =
  /** TikTok has it. */
  | { readonly kind: 'stored' }
  /** TikTok stands elsewhere; `progress` is the number that it stated. */
  | { readonly kind: 'out_of_sync'; readonly progress: number | undefined }
  /** It failed; it may be sent again if the error is retryable. */
  | {
      readonly kind: 'failed';
      readonly error: TikTokError;
      /** Whether TikTok may have it although it did not say so. */
      readonly mayHave: boolean;
      /** `Retry-After` of the answer. */
      readonly retryAfter?: string | null;
    };

/**
 * Reads TikTok's answer to a chunk (reference, section 5.3): by its status and its
 * `Content-Range`; bodies are not documented.
 *
 * @param isWhole - Whether all bytes of the chunk had left before the answer came.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function judgeAnswer(
  { status, header }: ChunkAnswer,
  { last }: ByteRange,
  videoSize: number,
  isWhole: boolean,
): ChunkOutcome {
  const fail = (code: string, mayHave = false): ChunkOutcome => {
    const error = new TikTokUploadError({ code, status });
    return { kind: 'failed', error, mayHave, retryAfter: header('retry-after') };
  };
  if (status >= 500 || status === 429 || status === 408) {
    // A gateway may have lost the upload host's answer to the last chunk.
    return fail('upload_server_error', isWhole && last === videoSize - 1);
  }
  const stated = readProgress(header('content-range'));
  const isSuccess = status === 200 || status === 201 || status === 206;
  if (!isSuccess && status !== 416) return fail(REFUSALS[status] ?? codeOf(status), status < 300);
  // A proxy's login page says 200 too, and nobody can have a chunk before its last byte left.
  const isPage = stated === undefined && header('content-type')?.includes('html') === true;
  if (isSuccess && (!isWhole || isPage)) return fail('upload_unexpected_answer', isWhole);
  if (isSuccess && (stated === undefined || stated.middle === last || stated.middle === last + 1)) {
    return { kind: 'stored' };
  }
  // A progress of another size is that of another video.
  const isOurs = stated !== undefined && !(stated.total > 0 && stated.total !== videoSize);
  return { kind: 'out_of_sync', progress: isOurs ? stated.middle : undefined };
}

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'upload_url_expired',
  404: 'upload_not_found',
};

function codeOf(status: number): string {
  if (status >= 400) return 'upload_rejected';
  return status >= 300 ? 'upload_redirected' : 'upload_unexpected_answer';
}
