/** An object of a JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A value as a JSON object; anything else is an empty one. */
export function toObject(value: unknown): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // What is an object and no list has strings as names.
  return isObject ? (value as JsonObject) : {};
}

/** A value as a list of JSON objects; anything else is an empty one. */
export function toObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(toObject) : [];
}
