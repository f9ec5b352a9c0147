import { open } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { Post } from '../state/post.ts';
import type { ByteRange } from './byte-range.ts';
import { parseRange } from './byte-range.ts';
import { mediaTypeOf } from './media-type.ts';

type MediaRequest = FastifyRequest<{ Params: { publish_id: string; index?: string } }>;

/**
 * `GET /_emulator/media/{publish_id}` and, for the photos of a post, `…/{index}` from 0: the bytes that
 * TikTok received, in ranges where asked, so that a browser can play and seek.
 */
export function registerMedia(app: FastifyInstance, emulator: Emulator): void {
  const send = (request: MediaRequest, reply: FastifyReply): Promise<FastifyReply> =>
    sendMedia(emulator, request, reply);
  app.get('/_emulator/media/:publish_id', send);
  app.get('/_emulator/media/:publish_id/:index', send);
}

async function sendMedia(
  emulator: Emulator,
  request: MediaRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { publish_id: publishId, index } = request.params;
  const sha256 = findHash(emulator.store.posts.get(publishId), index);
  const path = sha256 === undefined ? undefined : emulator.media.findPath(sha256);
  if (path === undefined) return refuse(reply, 404, 'There are no bytes of such a post.');
  return sendFile(path, request.headers.range, reply);
}

function findHash(post: Post | undefined, index: string | undefined): string | undefined {
  const hashes = post?.sha256 ?? null;
  if (!Array.isArray(hashes)) return index === undefined ? (hashes ?? undefined) : undefined;
  return hashes[Number(index ?? '0')];
}

async function sendFile(
  path: string,
  rangeHeader: string | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return refuse(reply, 404, 'The bytes are gone.');
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
  const range = parseRange(rangeHeader, size);
  if (size === 0) {
    await file.close();
    return reply.headers({ 'content-type': 'application/octet-stream' }).send('');
  }
  if (range === 'unsatisfiable') {
    await file.close();
    reply.header('content-range', `bytes */${size}`);
    return refuse(reply, 416, 'There is nothing in this range.');
  }
  const { first, last }: ByteRange = range ?? { first: 0, last: size - 1 };
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`);
  }
  reply.headers({
    'content-type': mediaTypeOf(buffer.subarray(0, bytesRead)),
    'content-length': String(last - first + 1),
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  });
  // The stream closes the file, also when the browser goes away in the middle.
  return reply.send(file.createReadStream({ start: first, end: last }));
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: { message } });
}
