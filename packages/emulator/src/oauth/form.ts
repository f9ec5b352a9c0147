import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { mediaTypeOf } from '../gateway/body.ts';
import { isObject } from '../json.ts';
import { OAuthError } from '../wire/oauth-answer.ts';

/** The sentence that TikTok answers to any other content type, backticks included. */
const ONLY_FORM = 'Only `application/x-www-form-urlencoded` is accepted as Content-Type.';

/** Fields of a form, read by name; a missing and an empty one are the same. */
export type Form = ReadonlyMap<string, string>;

/**
 * Reads the form that an OAuth endpoint takes. `lenient` also takes a JSON object of strings.
 *
 * @throws {OAuthError} `invalid_request` with TikTok's sentence for any other content type.
 */
export function readForm(emulator: Emulator, request: FastifyRequest): Form {
  const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  const type = mediaTypeOf(request.headers['content-type']);
  if (type === 'application/x-www-form-urlencoded' && !isTypeRepeated(request)) {
    return toForm(new URLSearchParams(body));
  }
  const detail = isTypeRepeated(request)
    ? 'the Content-Type header is there twice'
    : `the content type is ${type === '' ? 'missing' : type}`;
  const form = emulator.settings.dialect === 'lenient' ? parseJson(body) : undefined;
  if (form === undefined) {
    throw new OAuthError('invalid_request', ONLY_FORM, { rule: 'oauth.content_type', detail });
  }
  emulator.violations.record('oauth.content_type', detail, request);
  return form;
}

/** A field that must be there. */
export function requireField(form: Form, name: string, description: string): string {
  const value = form.get(name) ?? '';
  if (value !== '') return value;
  throw new OAuthError('invalid_request', description, {
    rule: 'oauth.parameters',
    detail: `the field ${name} is missing`,
  });
}

function toForm(entries: Iterable<[string, string]>): Form {
  const form = new Map<string, string>();
  // The first of several values counts, so that appending a field cannot replace one.
  for (const [name, value] of entries) if (!form.has(name)) form.set(name, value);
  return form;
}

function isTypeRepeated(request: FastifyRequest): boolean {
  // Node keeps the first content-type header only; all of them are in rawHeaders.
  const { rawHeaders } = request.raw;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'content-type') count += 1;
  }
  return count > 1 || (request.headers['content-type'] ?? '').includes(',');
}

function parseJson(text: string): Form | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) return undefined;
    return toForm(
      Object.entries(parsed).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    );
  } catch {
    return undefined;
  }
}
