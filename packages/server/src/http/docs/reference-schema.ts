import { escapeHtml, inlineCode } from '../html.ts';
import { type JsonObject, toObject, toObjects } from './json-object.ts';

/** The fields of a schema as a table; nested fields carry the names of what they are in. */
export function schemaTable(schema: JsonObject): string {
  const rows = fieldsOf(schema, '');
  if (rows.length === 0) return `<p>${typeInHtml(schema)}</p>`;
  return `<div class="scroll"><table>
<thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** The type of a value in words, with links to the schemas that have a name. */
export function typeInHtml(schema: JsonObject): string {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) ?? '';
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const alternatives = toObjects(schema['anyOf'] ?? schema['oneOf']);
  if (alternatives.length > 0) return alternatives.map(typeInHtml).join(' or ');
  if (Array.isArray(schema['enum'])) {
    return schema['enum'].map((one) => `<code>${escapeHtml(String(one))}</code>`).join(' ');
  }
  if (schema['const'] !== undefined) return `<code>${escapeHtml(String(schema['const']))}</code>`;
  if (schema['type'] === 'array') return `list of ${typeInHtml(toObject(schema['items']))}`;
  const types = [schema['type'] ?? 'anything'].flat().map(String);
  const format = schema['format'] === undefined ? '' : ` (${String(schema['format'])})`;
  return escapeHtml(types.join(' or ') + format + limitsOf(schema));
}

function fieldsOf(schema: JsonObject, prefix: string): string[] {
  const required = new Set([schema['required'] ?? []].flat());
  return Object.entries(toObject(schema['properties'])).flatMap(([name, value]) => {
    const field = toObject(value);
    const path = `${prefix}${name}`;
    const nested = toObject(field['type'] === 'array' ? field['items'] : field);
    const inner = field['type'] === 'array' ? `${path}[].` : `${path}.`;
    return [fieldRow(path, field, required.has(name)), ...fieldsOf(nested, inner)];
  });
}

function fieldRow(path: string, field: JsonObject, isRequired: boolean): string {
  const meaning = [field['description'], defaultOf(field), isRequired ? '' : 'Optional.'];
  const words = meaning.filter((one) => typeof one === 'string' && one !== '').join(' ');
  return `<tr><td><code>${escapeHtml(path)}</code></td><td>${typeInHtml(field)}</td><td>${inlineCode(words)}</td></tr>`;
}

function defaultOf(field: JsonObject): string {
  return field['default'] === undefined ? '' : `Default: \`${String(field['default'])}\`.`;
}

const LIMITS = [
  ['minLength', 'at least', 'characters'],
  ['maxLength', 'at most', 'characters'],
  ['minimum', 'from', ''],
  ['maximum', 'to', ''],
] as const;

function limitsOf(schema: JsonObject): string {
  return LIMITS.map(([key, words, unit]) => {
    const value = schema[key];
    if (typeof value !== 'number' || Math.abs(value) >= Number.MAX_SAFE_INTEGER) return '';
    return `, ${words} ${value}${unit === '' ? '' : ` ${unit}`}`;
  }).join('');
}
