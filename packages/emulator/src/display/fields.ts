import type { FastifyRequest } from 'fastify';
import type { RuleName } from '../rules/rules.ts';
import { WireError } from '../wire/wire-error.ts';

/**
 * Reads the `fields` of a Display API request: comma separated, in the query.
 *
 * @throws {WireError} 400 `invalid_params` when there are none, or one that TikTok has not.
 */
export function readFields(request: FastifyRequest, known: readonly string[]): readonly string[] {
  // Fastify parses every query into an object.
  const given = (request.query as Record<string, unknown>)['fields'];
  const fields = typeof given === 'string' ? given.split(',').map((field) => field.trim()) : [];
  if (fields.length === 0 || fields[0] === '') {
    throw invalidParams('display.fields', 'fields is required in the query, comma separated');
  }
  const unknown = fields.find((field) => !known.includes(field));
  if (unknown === undefined) return fields;
  throw invalidParams(
    'display.fields',
    `there is no field ${JSON.stringify(unknown.slice(0, 100))}`,
  );
}

/** Only these fields of an object, in the order in which they were asked for. */
export function pick(object: Readonly<Record<string, unknown>>, fields: readonly string[]): object {
  return Object.fromEntries(fields.map((field) => [field, object[field]]));
}

/** A refusal in the Display API's spelling: 400 `invalid_params`. */
export function invalidParams(rule: RuleName, detail: string): WireError {
  return new WireError('invalid_params', { rule, detail, message: `Invalid params: ${detail}.` });
}
