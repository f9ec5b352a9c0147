import type { OpenApiDocument } from '@greenroom/contract/openapi';
import { escapeHtml, inlineCode } from '../html.ts';
import { type JsonObject, toObject } from './json-object.ts';
import { page } from './page.ts';
import { type DescribedOperation, operationSection } from './reference-operation.ts';
import { schemaTable } from './reference-schema.ts';

/** The reference of the API as one page without scripts, made of the OpenAPI document. */
export function referencePage(document: OpenApiDocument): string {
  // As JSON: what is served at `openapi.json`, and nothing that only the types know.
  const root = toObject(JSON.parse(JSON.stringify(document)));
  const info = toObject(root['info']);
  const byTag = Map.groupBy(operationsOf(root), ({ tag }) => tag);
  const schemas = Object.entries(toObject(toObject(root['components'])['schemas']));
  return page(
    'API reference',
    `<h1>Greenroom API, version ${escapeHtml(String(info['version']))}</h1>
${paragraphs(String(info['description']))}
<p>As a document for programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).
All <a href="/docs/problems">problems</a>.</p>
<nav aria-label="Operations">${[...byTag].map(([tag, all]) => navigation(tag, all)).join('\n')}</nav>
${[...byTag].map(([tag, all]) => `<h2 id="${tag}">${tag}</h2>\n${all.map(operationSection).join('\n')}`).join('\n')}
<h2 id="schemas">Schemas</h2>
${schemas.map(([name, schema]) => namedSchema(name, toObject(schema))).join('\n')}`,
  );
}

function operationsOf(root: JsonObject): DescribedOperation[] {
  return Object.entries(toObject(root['paths'])).flatMap(([path, methods]) =>
    Object.entries(toObject(methods)).map(([method, described]) => {
      const operation = toObject(described);
      const [tag] = operation['tags'] as readonly string[]; // as: each operation of ours has its tag.
      return { tag: tag ?? '', method: method.toUpperCase(), path, operation };
    }),
  );
}

function navigation(tag: string, operations: readonly DescribedOperation[]): string {
  const items = operations.map(({ operation, method, path }) => {
    const id = String(operation['operationId']);
    return `<li><a href="#${id}"><span class="method">${method}</span> ${escapeHtml(path)}</a></li>`;
  });
  return `<p><strong><a href="#${tag}">${tag}</a></strong></p>\n<ul>${items.join('')}</ul>`;
}

function namedSchema(name: string, schema: JsonObject): string {
  const description = schema['description'];
  return `<h3 id="schema-${name}">${name}</h3>
${typeof description === 'string' ? paragraphs(description) : ''}
${schemaTable(schema)}`;
}

function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((one) => `<p>${inlineCode(one)}</p>`)
    .join('\n');
}
