import { ERRORS } from '@tus/server';
import { MediaGoneError, StorageFullError } from '../media/store/media-store.ts';
import { UploadLostError } from '../media/upload/receive-bytes.ts';
import { ProblemError } from './problem-error.ts';

/** The problem that something which went wrong with an upload is for whoever uploads. */
export function toUploadProblem(error: unknown): unknown {
  if (error instanceof StorageFullError) {
    return new ProblemError(
      'storage-full',
      'The disk is full. What has arrived is kept: the upload goes on there once there is room.',
      { cause: error, retryAfterSeconds: 60 },
    );
  }
  if (error instanceof UploadLostError) {
    return new ProblemError('upload-busy', 'Another request writes to this upload.', {
      retryAfterSeconds: 1,
    });
  }
  if (error instanceof MediaGoneError) {
    return new ProblemError('not-found', 'The bytes of this upload are gone. Begin a new one.');
  }
  if (error instanceof Error) return error;
  return fromTus(error);
}

/** The library's own errors are constants, and what it finds wrong with headers is a line of text. */
function fromTus(error: unknown): ProblemError {
  switch (error) {
    case ERRORS.INVALID_OFFSET:
      return new ProblemError(
        'upload-offset',
        'Upload-Offset is not where the upload is. Ask for it with HEAD, and go on there.',
      );
    case ERRORS.FILE_NOT_FOUND:
    case ERRORS.FILE_NO_LONGER_EXISTS:
      return new ProblemError('not-found', 'There is no such upload.');
    case ERRORS.ABORTED:
      return new ProblemError('malformed-body', 'The body ended before it was whole.');
    case ERRORS.ERR_MAX_SIZE_EXCEEDED:
      return new ProblemError('media-too-large', 'TikTok takes no file of this size.');
    case ERRORS.ERR_SIZE_EXCEEDED:
      return new ProblemError('invalid-request', 'There are more bytes than Upload-Length said.');
    default:
      return new ProblemError('invalid-request', `tus: ${wordsOf(error)}`);
  }
}

function wordsOf(error: unknown): string {
  const isTold = typeof error === 'object' && error !== null && 'body' in error;
  return isTold ? String(error.body).trim() : 'the request cannot be understood';
}
