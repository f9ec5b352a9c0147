import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_CONTENT_TYPE } from '@greenroom/contract';
import type { FastifyBaseLogger } from 'fastify';
import { toDocument } from './problem-document.ts';
import { ProblemError } from './problem-error.ts';

/**
 * Answers what Node could not read as a request: bad HTTP, headers without end, a request that comes too
 * slowly. There is no request to hang an answer on, so it is written to the socket by hand.
 */
export function answerUnreadable(
  publicUrl: string,
  log: FastifyBaseLogger,
): (error: Error & { readonly code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = randomUUID();
    const problem = problemOf(error.code);
    log.info({ request_id: requestId, code: error.code }, 'a request could not be read');
    const body = JSON.stringify(toDocument(problem, publicUrl, requestId));
    socket.end(
      [
        `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
        `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Cache-Control: no-store',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
      // Whoever goes on sending is cut off.
      () => socket.destroySoon(),
    );
  };
}

function problemOf(code: string | undefined): ProblemError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ProblemError('request-timeout', 'The request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ProblemError('headers-too-large', 'The headers are larger than this server reads.');
  }
  return new ProblemError('malformed-request', 'This is not HTTP that can be read.');
}
