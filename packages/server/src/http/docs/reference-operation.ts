import { escapeHtml, inlineCode } from '../html.ts';
import { type JsonObject, toObject, toObjects } from './json-object.ts';
import { schemaTable, typeInHtml } from './reference-schema.ts';

/** An operation of the document, with what its place there says. */
export interface DescribedOperation {
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly operation: JsonObject;
}

/** What the reference says of one operation. */
export function operationSection({ method, path, operation }: DescribedOperation): string {
  const id = String(operation['operationId']);
  return `<section aria-labelledby="${id}">
<h3 id="${id}">${id}</h3>
<p><span class="method">${method}</span> <code>/api/v1${escapeHtml(path)}</code></p>
<p>${inlineCode(String(operation['summary']))}</p>
${String(operation['description'])
  .split('\n\n')
  .map((one) => `<p>${inlineCode(one)}</p>`)
  .join('\n')}
${parameters(toObjects(operation['parameters']))}
${body(toObject(operation['requestBody']))}
${Object.entries(toObject(operation['responses']))
  .map(([status, answer]) => response(status, toObject(answer)))
  .join('\n')}
</section>`;
}

function parameters(all: readonly JsonObject[]): string {
  if (all.length === 0) return '';
  const rows = all.map((one) => {
    const schema = toObject(one['schema']);
    const meaning = String(one['description'] ?? schema['description'] ?? '');
    const need = one['required'] === true ? '' : ' Optional.';
    return `<tr><td><code>${escapeHtml(String(one['name']))}</code></td><td>${escapeHtml(String(one['in']))}</td><td>${typeInHtml(schema)}</td><td>${inlineCode(meaning + need)}</td></tr>`;
  });
  return `<h4>Parameters</h4>
<div class="scroll"><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function body(requestBody: JsonObject): string {
  const schema = schemaOf(requestBody, 'application/json');
  return schema === undefined ? '' : `<h4>Body</h4>\n${schemaTable(schema)}`;
}

function response(status: string, answer: JsonObject): string {
  const schema = schemaOf(answer, 'application/json');
  if (schema !== undefined) {
    return `<h4>${status}</h4>\n${'$ref' in schema ? `<p>${typeInHtml(schema)}</p>` : schemaTable(schema)}`;
  }
  const words = String(answer['description']);
  const problems = [...words.matchAll(/^- `([\w-]+)`: (.*)$/gm)];
  if (problems.length === 0) return `<h4>${status}</h4>\n<p>No body.</p>`;
  const items = problems.map(
    ([, code, title]) =>
      `<li><a href="/docs/problems/${code}"><code>${code}</code></a>: ${escapeHtml(title ?? '')}</li>`,
  );
  return `<h4>${status}</h4>\n<ul>${items.join('')}</ul>`;
}

function schemaOf(content: JsonObject, type: string): JsonObject | undefined {
  const schema = toObject(toObject(content['content'])[type])['schema'];
  return schema === undefined ? undefined : toObject(schema);
}
