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
${answers(toObject(operation['responses']))}
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

function answers(responses: JsonObject): string {
  const all = Object.entries(responses).map(
    ([status, answer]) => [status, toObject(answer)] as const,
  );
  const isProblem = (status: string) => Number(status) >= 400;
  const problems = all.filter(([status]) => isProblem(status)).flatMap(problemsOf);
  const done = all.filter(([status]) => !isProblem(status)).map(answer);
  return `${done.join('\n')}
<h4>Problems</h4>
<ul class="columns">${problems.join('')}</ul>`;
}

function answer([status, described]: readonly [string, JsonObject]): string {
  const schema = schemaOf(described, 'application/json');
  if (schema === undefined) return `<h4>Answer: ${status}, without a body</h4>`;
  const body = '$ref' in schema ? `<p>${typeInHtml(schema)}</p>` : schemaTable(schema);
  return `<h4>Answer: ${status}</h4>\n${body}`;
}

/** The document lists the problems of a status as lines of its description. */
function problemsOf([status, described]: readonly [string, JsonObject]): string[] {
  const lines = String(described['description']).matchAll(/^- `([\w-]+)`/gm);
  return [...lines].map(
    ([, code]) => `<li>${status} <a href="/docs/problems/${code}"><code>${code}</code></a></li>`,
  );
}

function schemaOf(content: JsonObject, type: string): JsonObject | undefined {
  const schema = toObject(toObject(content['content'])[type])['schema'];
  return schema === undefined ? undefined : toObject(schema);
}
