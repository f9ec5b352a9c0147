import {
  PROBLEM_BASE_PATH,
  PROBLEM_CONTENT_TYPE,
  type ProblemDocument,
  problemKinds,
} from '@greenroom/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemError } from './problem-error.ts';

/** The document of a problem, as RFC 9457 describes it. */
export function toDocument(
  problem: ProblemError,
  publicUrl: string,
  requestId: string,
): ProblemDocument {
  const { status, title } = problemKinds[problem.code];
  const { errors, tiktok } = problem.options;
  return {
    type: `${publicUrl}${PROBLEM_BASE_PATH}/${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    ...(tiktok === undefined ? {} : { tiktok }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

/** Answers a request by a problem document. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: ProblemError,
  publicUrl: string,
): FastifyReply {
  const { retryAfterSeconds, allow } = problem.options;
  if (retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  }
  if (allow !== undefined) reply.header('allow', allow.join(', '));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="Greenroom"');
  return reply
    .code(problem.status)
    .type(PROBLEM_CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(toDocument(problem, publicUrl, request.id)));
}
