import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { isObject } from '../json.ts';
import { WireError } from '../wire/wire-error.ts';

/**
 * Reads the JSON object that a request carries.
 *
 * @param options.optional - No body stands for `{}`; else it is refused.
 * @throws {WireError} 400 `invalid_param` (posting) or `invalid_params` (everything else) when the
 * content type is not JSON (`lenient` takes any), or the text is not a JSON object.
 */
export function readJsonObject(
  emulator: Emulator,
  request: FastifyRequest,
  options: { readonly optional?: boolean } = {},
): Record<string, unknown> {
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) {
    if (options.optional === true) return {};
    throw refusal(
      request,
      'gateway.malformed_json',
      'the body is empty; a JSON object is required',
    );
  }
  requireJsonType(emulator, request);
  return parseObject(request, body);
}

/** The code that malformed input gets: the posting pages spell it in the singular. */
export function invalidCode(request: FastifyRequest): 'invalid_param' | 'invalid_params' {
  return request.call.path.startsWith('/v2/post/publish/') ? 'invalid_param' : 'invalid_params';
}

/** Records every field that TikTok's documents do not list; such fields are ignored. */
export function noteUnknownFields(
  emulator: Emulator,
  request: FastifyRequest,
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where = '',
): void {
  for (const field of Object.keys(object)) {
    if (known.includes(field)) continue;
    const detail = `${where === '' ? field : `${where}.${field}`} is no documented field; it is ignored`;
    emulator.violations.record('gateway.unknown_field', detail.slice(0, 200), request);
  }
}

function requireJsonType(emulator: Emulator, request: FastifyRequest): void {
  const type = mediaTypeOf(request.headers['content-type']);
  if (type === 'application/json') return;
  const detail = `the content type is ${type === '' ? 'missing' : type}; it must be application/json`;
  if (emulator.settings.dialect !== 'lenient')
    throw refusal(request, 'gateway.content_type', detail);
  emulator.violations.record('gateway.content_type', detail, request);
}

function parseObject(request: FastifyRequest, body: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw refusal(request, 'gateway.malformed_json', 'the body is not valid JSON');
  }
  if (isObject(parsed)) return parsed;
  throw refusal(request, 'gateway.malformed_json', 'the body is JSON, but not an object');
}

function refusal(
  request: FastifyRequest,
  rule: 'gateway.malformed_json' | 'gateway.content_type',
  detail: string,
): WireError {
  return new WireError(invalidCode(request), { rule, detail, message: `Bad request: ${detail}.` });
}

/** The media type of a content type header, without parameters. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
