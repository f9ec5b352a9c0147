import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { renderErrorPage } from '../consent-page/consent-page.ts';
import type { Emulator } from '../emulator.ts';
import { sendError } from '../wire/envelope.ts';
import { errorCodes } from '../wire/error-codes.ts';
import { sendOAuthError } from '../wire/oauth-answer.ts';
import type { FaultAction } from './faults.ts';
import { isOwnPath } from './gateway-paths.ts';

const FAULT_ANSWERED = 'A fault rule answered this.';

/** Lets fault rules break requests to TikTok's endpoints; the emulator's own paths never fail. */
export function registerFaultInjection(app: FastifyInstance, emulator: Emulator): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (isOwnPath(request.call.path)) return done();
    const rule = emulator.faults.take(request.method, request.call.path);
    if (rule === undefined) return done();
    request.call.fault = rule.action;
    request.call.faultId = rule.id;
    applyBefore(emulator, request, reply, rule.action).then((answered) => {
      if (!answered) done();
    }, done);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const { fault } = request.call;
    if (fault === null) return done(null, payload);
    return done(null, applyAfter(emulator, request, reply, fault, payload));
  });
}

/** Delays, cuts or answers a request before it has an effect; true when it must go no further. */
async function applyBefore(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
  action: FaultAction,
): Promise<boolean> {
  if (action.delay_ms !== undefined) {
    await sleep(action.delay_ms, undefined, { signal: emulator.closed }).catch(() => undefined);
  }
  if (action.drop === 'before') {
    cut(request, reply);
    return true;
  }
  if (!isAnswered(action)) return false;
  answer(request, reply, action);
  return true;
}

/** Cuts, shortens or slows an answer after its effect. */
function applyAfter(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
  action: FaultAction,
  payload: unknown,
): unknown {
  if (action.drop === 'after') {
    cut(request, reply);
    return '';
  }
  if (action.truncate_bytes === undefined && action.bytes_per_second === undefined) return payload;
  const body = toBuffer(payload);
  if (body === undefined) return payload;
  reply.header('content-length', body.length);
  return Readable.from(slices(emulator, request, action, body), { objectMode: false });
}

function cut(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

/** Whether a rule answers a request itself. */
function isAnswered({ body, code, status }: FaultAction): boolean {
  return status !== undefined || code !== undefined || body !== undefined;
}

function answer(request: FastifyRequest, reply: FastifyReply, action: FaultAction): void {
  const { path } = request.call;
  if (action.headers !== undefined) reply.headers(action.headers);
  if (action.body !== undefined) {
    reply.code(action.status ?? 200).send(action.body);
    return;
  }
  if (path.startsWith('/v2/oauth/')) {
    const code =
      action.code ?? ((action.status ?? 500) >= 500 ? 'server_error' : 'invalid_request');
    sendOAuthError(reply, action.status ?? 200, {
      code,
      message: action.message ?? FAULT_ANSWERED,
    });
    return;
  }
  if (path.startsWith('/v2/auth/')) {
    const error = action.code ?? 'server_error';
    request.call.code = error;
    reply
      .code(action.status ?? 500)
      .headers({ 'content-type': 'text/html; charset=utf-8' })
      .send(renderErrorPage({ title: 'Something went wrong', error, detail: FAULT_ANSWERED }));
    return;
  }
  if (path.startsWith('/upload')) {
    request.call.code = action.code ?? null;
    reply.code(action.status ?? 500).send('');
    return;
  }
  const code = action.code ?? codeOfStatus(action.status ?? 500);
  const known = Object.entries(errorCodes).find(([name]) => name === code)?.[1];
  sendError(reply, {
    status: action.status ?? known?.status ?? 500,
    code,
    message: action.message ?? known?.message ?? FAULT_ANSWERED,
  });
}

function codeOfStatus(status: number): string {
  if (status >= 500) return 'internal_error';
  if (status === 429) return 'rate_limit_exceeded';
  if (status === 401) return 'access_token_invalid';
  return status < 400 ? 'ok' : 'invalid_params';
}

function toBuffer(payload: unknown): Buffer | undefined {
  if (payload === undefined || payload === null) return Buffer.alloc(0);
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : undefined;
}

/** The part of an answer that is sent, at its pace; then the connection is cut if it was a part only. */
async function* slices(
  emulator: Emulator,
  request: FastifyRequest,
  action: FaultAction,
  body: Buffer,
): AsyncGenerator<Buffer> {
  const end = Math.min(action.truncate_bytes ?? body.length, body.length);
  const pace = action.bytes_per_second ?? Number.POSITIVE_INFINITY;
  const size = Math.min(Math.max(Math.floor(pace / 10), 1), Math.max(end, 1));
  for (let offset = 0; offset < end && !emulator.closed.aborted; offset += size) {
    const slice = body.subarray(offset, Math.min(offset + size, end));
    if (pace !== Number.POSITIVE_INFINITY) {
      await sleep((slice.length / pace) * 1000, undefined, { signal: emulator.closed }).catch(
        () => undefined,
      );
    }
    yield slice;
  }
  if (end < body.length) await endShort(request);
}

/** Lets what was written go out, then cuts the connection. */
async function endShort(request: FastifyRequest): Promise<void> {
  const { socket } = request.raw;
  await new Promise((resolve) => setImmediate(resolve));
  if (socket.writableLength > 0) await new Promise((resolve) => socket.once('drain', resolve));
  socket.destroy();
}
