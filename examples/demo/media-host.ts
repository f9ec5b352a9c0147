import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';

const TYPES: Record<string, string> = { '.jpg': 'image/jpeg', '.webp': 'image/webp' };

/** Serves the given files, and nothing else, under their names: TikTok pulls photos from their owner's server. */
export async function hostMedia(paths: readonly string[]): Promise<LoopbackServer> {
  const byUrlPath = new Map(paths.map((path) => [`/${basename(path)}`, path]));
  const server = createServer((request, response) => {
    const path = byUrlPath.get(request.url ?? '');
    if (path === undefined) response.writeHead(404).end();
    else sendFile(path, response).catch((error: Error) => response.destroy(error));
  });
  return listenOnLoopback(server);
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const { size } = await stat(path);
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': size });
  await pipeline(createReadStream(path), response);
}
