import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** Files of our pages, with their types. There are no others to be had. */
const ASSETS = {
  'hand-over.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'setup.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
} as const;

/** Name of a file of our pages. */
export type AssetName = keyof typeof ASSETS;

/** Where a file of our pages is. */
export function assetPath(name: AssetName): string {
  return `/assets/${name}`;
}

// They lie beside the sources, which are published, and need no build.
const folder = new URL('../../src/pages/assets/', import.meta.url);

/** Serves the files of our pages, from memory. */
export async function registerAssets(app: FastifyInstance): Promise<void> {
  for (const [name, type] of Object.entries(ASSETS)) {
    const content = await readFile(new URL(name, folder));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    app.get(`/assets/${name}`, (request, reply) => {
      reply.headers({ etag, 'cache-control': 'no-cache' });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(content);
    });
  }
}
