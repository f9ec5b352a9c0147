import { isObject } from '../json.ts';
import type { RuleName } from '../rules/rules.ts';
import { WireError } from '../wire/wire-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads an object that must be there. */
export function requireObject(fields: Fields, name: string): Record<string, unknown> {
  const value = fields[name];
  if (isObject(value)) return value;
  throw invalidParam('post.field_type', `${name} must be an object`);
}

/** Reads a text that may be missing. */
export function readText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw invalidParam('post.field_type', `${name} must be a string`);
}

/** Checks that switches are boolean, where they are there at all. */
export function requireBooleans(fields: Fields, names: readonly string[]): void {
  for (const name of names) {
    const value = fields[name];
    if (value === undefined || value === null || typeof value === 'boolean') continue;
    throw invalidParam('post.field_type', `${name} must be true or false`);
  }
}

/** Checks that a text has at most so many UTF-16 code units, as `string.length` counts them. */
export function requireLength(
  text: string | undefined,
  limit: number,
  name: string,
  rule: RuleName,
): void {
  if (text === undefined || text.length <= limit) return;
  throw invalidParam(rule, `${name} has ${text.length} UTF-16 code units; the limit is ${limit}`);
}

/** A refusal of a field's value: 400 `invalid_param`. */
export function invalidParam(rule: RuleName, detail: string): WireError {
  return new WireError('invalid_param', { rule, detail, message: `Invalid parameter: ${detail}.` });
}
