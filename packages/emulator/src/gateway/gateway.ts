import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ControlError } from '../control/control-error.ts';
import type { Emulator } from '../emulator.ts';
import { sendError } from '../wire/envelope.ts';
import { OAuthError, sendOAuthError } from '../wire/oauth-answer.ts';
import { WireError } from '../wire/wire-error.ts';
import { invalidCode } from './body.ts';
import type { Call } from './call.ts';
import { registerFaultInjection } from './fault-injection.ts';
import { isControlPath, isOwnPath } from './gateway-paths.ts';

/** Largest body of any request but an upload. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** How much of a path is kept; every endpoint's is shorter. */
const PATH_LIMIT = 512;

/** The beginning of a content type: two tokens of HTTP and, if there is more, a semicolon. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

/** Makes an app behave as TikTok's gateway does: ids, unknown paths, bodies, errors, ledger. */
export function registerGateway(app: FastifyInstance, emulator: Emulator): void {
  app.decorateRequest('call');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request, reply, done) => {
    receive(emulator, request, reply);
    dropMalformedType(request);
    done();
  });
  registerFaultInjection(app, emulator);
  app.setNotFoundHandler((request, reply) => sendUnsupportedPath(emulator, request, reply));
  app.setErrorHandler((error: FastifyError | Error, request, reply) =>
    answerError(emulator, error, request, reply),
  );
}

/** Answers a request whose address cannot be decoded: Fastify runs no hook for it. */
export function answerUndecodable(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  receive(emulator, request, reply);
  return sendUnsupportedPath(emulator, request, reply);
}

/** Gives a request its call, and the ledger its entry once it was answered or its client has left. */
function receive(emulator: Emulator, request: FastifyRequest, { raw }: FastifyReply): void {
  request.call = newCall(emulator, request);
  if (isOwnPath(request.call.path)) return;
  let isRecorded = false;
  const record = (status: number | null): void => {
    if (!isRecorded) emulator.ledger.record(request, status);
    isRecorded = true;
  };
  raw.once('finish', () => record(raw.statusCode));
  raw.once('close', () => record(null));
}

function newCall(emulator: Emulator, request: FastifyRequest): Call {
  const { url } = request.raw;
  const path = pathOf(url ?? '/');
  const at = emulator.clock.now();
  return {
    logId: emulator.ids.logId(at),
    at,
    path,
    clientKey: null,
    username: null,
    code: null,
    fault: null,
    faultId: null,
  };
}

/**
 * Takes a content type away that is none: Fastify would answer 415, where each endpoint has an answer
 * of its own to a body of the wrong type.
 */
function dropMalformedType({ raw }: FastifyRequest): void {
  const type = raw.headers['content-type'];
  if (type !== undefined && !MEDIA_TYPE.test(type)) delete raw.headers['content-type'];
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = (end === -1 ? url : url.slice(0, end)).slice(0, PATH_LIMIT);
  // A slice keeps the whole address in memory; a copy lets go of it.
  return url.length > PATH_LIMIT ? Buffer.from(path).toString() : path;
}

function sendUnsupportedPath(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { path } = request.call;
  if (isControlPath(path)) {
    return reply.code(404).send({ error: { message: `there is no ${request.method} ${path}` } });
  }
  if (!isOwnPath(path)) {
    const detail = `${request.method} ${path.slice(0, 200)} is no endpoint; mind the trailing slash`;
    emulator.violations.record('gateway.unsupported_path', detail, request);
  }
  return reply
    .code(404)
    .header('content-type', 'text/plain; charset=utf-8')
    .send('Unsupported path(Janus)');
}

function answerError(
  emulator: Emulator,
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof WireError) return answerWireError(emulator, error, request, reply);
  if (error instanceof OAuthError) {
    if (error.rule !== undefined) emulator.violations.record(error.rule, error.detail, request);
    return sendOAuthError(reply, emulator.settings.oauth_error_status, error);
  }
  if (error instanceof ControlError) {
    return reply.code(error.status).send({ error: { message: error.message } });
  }
  if (isBodyTooLarge(error)) {
    const detail = `the body is larger than ${BODY_LIMIT_BYTES} bytes`;
    emulator.violations.record('gateway.body_too_large', detail, request);
    return answerInShape(emulator, reply, 400, detail);
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 500) emulator.reportError(error);
  return answerInShape(emulator, reply, status, status < 500 ? 'Bad request.' : undefined);
}

function answerWireError(
  emulator: Emulator,
  error: WireError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error.rule !== undefined) emulator.violations.record(error.rule, error.detail, request);
  if (error.retryAfterMs !== undefined && emulator.settings.retry_after) {
    reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return sendError(reply, error);
}

function isBodyTooLarge(error: FastifyError | Error): boolean {
  return 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}

/** Answers an error in the shape that the path's endpoints answer errors in. */
function answerInShape(
  emulator: Emulator,
  reply: FastifyReply,
  status: number,
  message: string | undefined,
): FastifyReply {
  const { request } = reply;
  const { path } = request.call;
  const failed = status >= 500;
  const text = message ?? 'Something is wrong. Please try again later.';
  if (isControlPath(path)) return reply.code(status).send({ error: { message: text } });
  if (path.startsWith('/v2/oauth/')) {
    const code = failed ? 'server_error' : 'invalid_request';
    const oauthStatus = failed ? status : emulator.settings.oauth_error_status;
    return sendOAuthError(reply, oauthStatus, { code, message: text });
  }
  if (path === '/upload') return reply.code(status).send('');
  const code = failed ? 'internal_error' : invalidCode(request);
  return sendError(reply, { status, code, message: text });
}
