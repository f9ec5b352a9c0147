import { GreenroomError, MetProblemSchema } from '@greenroom/contract';
import { DetailedError } from 'tus-js-client';

/** What went wrong with an upload, as every other call of the API says it. */
export function toUploadError(error: Error): Error {
  if (!(error instanceof DetailedError)) return error;
  const answer = error.originalResponse;
  if (answer === null) {
    const reason = error.causingError?.message ?? error.message;
    return new GreenroomError('no-answer', `Greenroom cannot be reached: ${reason}`, {
      cause: error.causingError,
    });
  }
  const status = answer.getStatus();
  const problem = readProblem(answer.getBody());
  return problem === undefined
    ? new GreenroomError('unexpected-answer', `The upload was answered with ${status}.`, { status })
    : new GreenroomError(problem.code, problem.title, { status, problem });
}

function readProblem(body: string) {
  try {
    return MetProblemSchema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}
