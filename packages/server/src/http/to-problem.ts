import { DatabaseError, DatabaseUnavailableError } from '../db/errors.ts';
import { ProblemError } from './problem-error.ts';

/**
 * The problem that an error is for whoever asked. What nobody foresaw is `internal`, without its words:
 * those are for the log.
 */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DatabaseUnavailableError && error.isUnclear) {
    return unavailable(
      'The database went away in the last moment: what was asked may be done or not. Look before you send it again, or send it with an Idempotency-Key.',
      error,
    );
  }
  if (error instanceof DatabaseError) {
    return unavailable('The database cannot be used right now. Nothing was changed.', error);
  }
  return fromFastify(error) ?? new ProblemError('internal', INTERNAL, { cause: error });
}

const INTERNAL = 'An error that nobody foresaw. The server’s log has it under this instance.';

function unavailable(detail: string, cause: unknown): ProblemError {
  return new ProblemError('unavailable', detail, { cause, retryAfterSeconds: 5 });
}

/** What Fastify says when it could not even give a request to a route. */
function fromFastify(error: unknown): ProblemError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError('body-too-large', 'The body is larger than this server takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ProblemError(
        'unsupported-media-type',
        'Send the body with `Content-Type: application/json`.',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ProblemError('malformed-body', 'The body has another length than was announced.');
    case 'FST_ERR_BAD_URL':
      return new ProblemError('malformed-request', 'The address is not a valid path.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ProblemError('uri-too-long', 'A part of the address is too long.');
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new ProblemError('malformed-body', 'The body ended before it was whole.');
    default:
      return undefined;
  }
}
