import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { registerMedia } from './media-route.ts';

/** Content security policy of the inspector: its own files, and nothing that a name could smuggle in. */
const INSPECTOR_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Files of the page, by name, with their types. There are no others to be had. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page lies beside the sources, which are published, and needs no build. */
const folder = new URL('../../src/inspector/page/', import.meta.url);

/** The inspector at `/`, its files, and the media of its feed. */
export function registerInspector(app: FastifyInstance, emulator: Emulator): void {
  registerMedia(app, emulator);
  app.get('/', (_request, reply) => sendPageFile(reply, 'index.html'));
  app.get<{ Params: { file: string } }>('/_emulator/inspector/:file', (request, reply) =>
    sendPageFile(reply, request.params.file),
  );
}

async function sendPageFile(reply: FastifyReply, name: string): Promise<FastifyReply> {
  const type = TYPES[extname(name)];
  const isPlainName = /^[a-z-]+\.[a-z]+$/.test(name);
  const content =
    type === undefined || !isPlainName
      ? undefined
      : await readFile(new URL(name, folder)).catch(() => undefined);
  if (type === undefined || content === undefined) {
    return reply.code(404).send({ error: { message: 'There is no such file.' } });
  }
  return reply
    .headers({
      'content-type': type,
      'content-security-policy': INSPECTOR_CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
    .send(content);
}
