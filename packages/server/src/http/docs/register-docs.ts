import { createHash } from 'node:crypto';
import { API_BASE_PATH } from '@greenroom/contract';
import { openApiDocument } from '@greenroom/contract/openapi';
import type { FastifyInstance } from 'fastify';
import { readVersion } from '../../version.ts';
import { DOCS_STYLE_PATH } from './page.ts';
import { registerProblemPages } from './problem-pages.ts';
import { referencePage } from './reference-page.ts';
import { DOCS_STYLE } from './style.ts';

/** Where the reference of the API is. */
const REFERENCE_PATH = '/api/docs';

/** Serves the OpenAPI document, the reference made of it, and a page about each problem. All is for everybody. */
export function registerDocs(app: FastifyInstance, publicUrl: string): void {
  const document = () => openApiDocument({ version: readVersion(), serverUrl: publicUrl });
  serveText(app, `${API_BASE_PATH}/openapi.json`, 'application/json', () =>
    JSON.stringify(document()),
  );
  serveText(app, REFERENCE_PATH, 'text/html', () => referencePage(document()));
  serveText(app, DOCS_STYLE_PATH, 'text/css', () => DOCS_STYLE);
  registerProblemPages(app);
}

/**
 * Serves a text that changes only with the version; browsers ask whether it has. It is made when somebody asks for it
 * first: the start of a server need not wait for documents.
 */
function serveText(app: FastifyInstance, url: string, type: string, make: () => string): void {
  let made: { readonly text: string; readonly etag: string } | undefined;
  app.get(url, (request, reply) => {
    made ??= withEtag(make());
    const { etag, text } = made;
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(`${type}; charset=utf-8`).send(text);
  });
}

function withEtag(text: string): { readonly text: string; readonly etag: string } {
  const digest = createHash('sha256').update(text).digest('base64url');
  return { text, etag: `"${digest.slice(0, 22)}"` };
}
