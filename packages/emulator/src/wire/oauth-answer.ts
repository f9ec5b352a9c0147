import type { FastifyReply } from 'fastify';
import type { RuleName } from '../rules/rules.ts';

/** The `error` values of the OAuth endpoints. */
export const oauthErrorCodes = [
  'access_denied',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'server_error',
  'temporarily_unavailable',
] as const;

/** An `error` value of the OAuth endpoints. */
export type OAuthErrorCode = (typeof oauthErrorCodes)[number];

/** A refusal that is answered as a flat OAuth object. Throw it from an OAuth route. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly rule: RuleName | undefined;
  readonly detail: string;

  constructor(
    code: OAuthErrorCode,
    description: string,
    options: { readonly rule?: RuleName; readonly detail?: string } = {},
  ) {
    super(description);
    this.code = code;
    this.rule = options.rule;
    this.detail = options.detail ?? description;
  }
}

/** Answers a flat OAuth object. */
export function sendOAuth(reply: FastifyReply, body: object): FastifyReply {
  reply.request.call.code = 'ok';
  return sendFlat(reply, 200, body);
}

/** Answers a flat OAuth error. */
export function sendOAuthError(
  reply: FastifyReply,
  status: number,
  error: { readonly code: string; readonly message: string },
): FastifyReply {
  const { call } = reply.request;
  call.code = error.code;
  return sendFlat(reply, status, {
    error: error.code,
    error_description: error.message,
    log_id: call.logId,
  });
}

function sendFlat(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .send(JSON.stringify(body));
}
