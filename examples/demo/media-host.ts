import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';

const TYPES: Record<string, string> = { '.jpg': 'image/jpeg', '.webp': 'image/webp' };

/** Serves the given files, and nothing else, under their names: TikTok pulls photos from their owner's server. */
export async function hostMedia(paths: readonly string[]): Promise<LoopbackServer> {
  const byUrlPath = new Map(paths.map((path) => [`/${basename(path)}`, path]));
  const server = createServer(async (request, response) => {
    const path = byUrlPath.get(request.url ?? '');
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { size } = await stat(path);
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': size });
    await pipeline(createReadStream(path), response);
  });
  return listenOnLoopback(server);
}
