import { type TikTokError, TikTokUploadError } from '../errors.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { ChunkAnswer } from './chunk-sender.ts';
import { readStatedProgress } from './upload-position.ts';

/** What an attempt to send a chunk, or the rest of one, came to. */
export type ChunkOutcome =
  /** TikTok has it. */
  | { readonly kind: 'stored' }
  /** TikTok stands elsewhere; `progress` is the number that it stated. */
  | { readonly kind: 'out_of_sync'; readonly progress: number | undefined }
  /** It may be sent again, unless TikTok `mayHave` it although it did not say so. */
  | {
      readonly kind: 'failed';
      readonly error: TikTokError;
      readonly mayHave: boolean;
      /** `Retry-After` of the answer, if one came and had it. */
      readonly retryAfter: string | null;
    }
  /** Sent again it fails again, unless TikTok has it. */
  | { readonly kind: 'refused'; readonly error: TikTokError; readonly mayHave: boolean };

/**
 * Reads TikTok's answer to a chunk (reference, section 5.3): by its status and its
 * `Content-Range`; bodies are not documented.
 *
 * @param isWhole - Whether all bytes of the chunk had left before the answer came.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function judgeAnswer(
  answer: ChunkAnswer,
  range: ByteRange,
  videoSize: number,
  isWhole: boolean,
): ChunkOutcome {
  const { status } = answer;
  if (status === 416) return judgeProgress(answer, videoSize);
  if (status === 200 || status === 201 || status === 206) {
    return judgeSuccess(answer, range, videoSize, isWhole);
  }
  if (status >= 500 || status === 429 || status === 408) {
    const isLast = range.last === videoSize - 1;
    const error = uploadError('upload_server_error', status);
    // A gateway may have lost the upload host's answer to the last chunk.
    const retryAfter = answer.header('retry-after');
    return { kind: 'failed', error, mayHave: isLast && isWhole, retryAfter };
  }
  const code = REFUSALS[status] ?? 'upload_rejected';
  if (status >= 400) return { kind: 'refused', error: uploadError(code, status), mayHave: false };
  const strange = status >= 300 ? 'upload_redirected' : 'upload_unexpected_answer';
  return { kind: 'refused', error: uploadError(strange, status), mayHave: isWhole };
}

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'upload_url_expired',
  404: 'upload_not_found',
};

function judgeSuccess(
  answer: ChunkAnswer,
  range: ByteRange,
  videoSize: number,
  isWhole: boolean,
): ChunkOutcome {
  const stated = readStatedProgress(answer.header('content-range'));
  // A proxy's login page says 200 too, and nobody can have a chunk before its last byte left.
  const isPage = answer.header('content-type')?.includes('html') === true;
  if (!isWhole || (stated === undefined && isPage)) {
    const error = uploadError('upload_unexpected_answer', answer.status);
    return { kind: 'refused', error, mayHave: isWhole };
  }
  const isExpected = stated === undefined || [range.last, range.last + 1].includes(stated.middle);
  return isExpected ? { kind: 'stored' } : judgeProgress(answer, videoSize);
}

function judgeProgress(answer: ChunkAnswer, videoSize: number): ChunkOutcome {
  const stated = readStatedProgress(answer.header('content-range'));
  if (stated?.total !== undefined && stated.total !== videoSize) {
    const error = uploadError('upload_out_of_sync', answer.status);
    return { kind: 'refused', error, mayHave: false };
  }
  return { kind: 'out_of_sync', progress: stated?.middle };
}

function uploadError(code: string, status: number): TikTokUploadError {
  const message = `TikTok's upload host answered ${status}.`;
  return new TikTokUploadError({ code, message, status });
}
