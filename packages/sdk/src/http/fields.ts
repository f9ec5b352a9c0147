/** Names the fields to ask for in a query string; their names need no encoding, commas stay. */
export function toFieldsQuery(fields: readonly string[]): string {
  return `fields=${fields.map(encodeURIComponent).join(',')}`;
}
