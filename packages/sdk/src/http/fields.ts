import type { JsonObject } from './answer.ts';

/** The kinds of values that TikTok's objects hold. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'string[]';

/**
 * Finds the first field of an object that is not of its kind. A field may be missing or `null`
 * unless it is required.
 */
export function findWrongField(
  object: JsonObject,
  kinds: Readonly<Record<string, FieldKind>>,
  required: readonly string[] = [],
): string | undefined {
  return Object.keys(kinds).find((field) => {
    const value = object[field];
    if (value === undefined || value === null) return required.includes(field);
    return !isOfKind(value, kinds[field]);
  });
}

function isOfKind(value: unknown, kind: FieldKind | undefined): boolean {
  if (kind !== 'string[]') return typeof value === kind;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Names the fields to ask for in a query string; their names need no encoding, commas stay. */
export function toFieldsQuery(fields: readonly string[]): string {
  return `fields=${fields.map(encodeURIComponent).join(',')}`;
}
