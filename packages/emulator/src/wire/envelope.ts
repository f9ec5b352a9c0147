import type { FastifyReply } from 'fastify';

/** Answers 200 with `data` in the envelope; without `data` the envelope has only `error`, as cancel's. */
export function sendOk(reply: FastifyReply, data?: object): FastifyReply {
  return sendOkText(reply, data === undefined ? undefined : JSON.stringify(data));
}

/** The same with `data` as JSON text: what carries int64 numbers cannot go through `JSON.stringify`. */
export function sendOkText(reply: FastifyReply, dataText: string | undefined): FastifyReply {
  const { call } = reply.request;
  call.code = 'ok';
  const start = dataText === undefined ? '{' : `{"data":${dataText},`;
  return sendText(
    reply,
    200,
    `${start}"error":{"code":"ok","message":"","log_id":"${call.logId}"}}`,
  );
}

/** Answers an error in the envelope, with empty data. */
export function sendError(
  reply: FastifyReply,
  error: { readonly status: number; readonly code: string; readonly message: string },
): FastifyReply {
  const { call } = reply.request;
  call.code = error.code;
  const body = {
    data: {},
    error: { code: error.code, message: error.message, log_id: call.logId },
  };
  return sendText(reply, error.status, JSON.stringify(body));
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(text);
}
