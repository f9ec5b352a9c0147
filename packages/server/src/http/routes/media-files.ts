import type { FastifyInstance, FastifyReply } from 'fastify';
import { findDomainProof } from '../../media/domain-proofs.ts';
import { readRange } from '../../media/serving/byte-range.ts';
import { MEDIA_URL_PATH, takeMediaUrl } from '../../media/serving/media-urls.ts';
import { MediaGoneError } from '../../media/store/media-store.ts';
import { ProblemError } from '../problem-error.ts';
import type { Services } from '../services.ts';

/**
 * Registers what TikTok fetches: the media of an attempt, and the files that prove our addresses.
 *
 * TikTok follows no redirect, so none is ever answered. What is unknown, expired or revoked is 404 alike.
 */
export function registerMediaFiles(app: FastifyInstance, services: Services): void {
  app.route<{ Params: { token: string; name: string } }>({
    method: ['GET', 'HEAD'],
    url: `${MEDIA_URL_PATH}/:token/:name`,
    // TikTok pulls for all creators from a few addresses.
    config: { isForEvents: true },
    handler: async (request, reply) => {
      const isFetch = request.method === 'GET';
      const served = await takeMediaUrl(services, { ...request.params, isFetch });
      if (served === undefined) throw notFound();
      const { contentType, mediaId, sha256, size } = served;
      const etag = `"${sha256}"`;
      reply.headers({ 'accept-ranges': 'bytes', 'cache-control': 'no-store', etag });
      const answer = readRange(isFetch ? request.headers : {}, size, etag);
      if (answer.status === 416) {
        return reply.code(416).header('content-range', `bytes */${size}`).send();
      }
      // Opened before anything is said: a file that is gone is 404, too.
      const bytes = isFetch ? await readOr404(services, mediaId, answer.range) : undefined;
      const { first, last } = answer.range;
      reply
        .code(answer.status)
        .type(contentType)
        .header('content-length', last - first + 1);
      if (answer.status === 206) reply.header('content-range', `bytes ${first}-${last}/${size}`);
      return reply.send(bytes);
    },
  });

  // Where TikTok looks depends on what is proven: the whole site, or the prefix that media is served under.
  for (const url of ['/:file_name.txt', `${MEDIA_URL_PATH}/:file_name.txt`]) {
    app.get<{ Params: { file_name: string } }>(url, async (request, reply) => {
      const content = await findDomainProof(services, `${request.params.file_name}.txt`);
      if (content === undefined) throw notFound();
      return sendText(reply, content);
    });
  }
}

async function readOr404(
  { media }: Services,
  mediaId: string,
  range: { readonly first: number; readonly last: number },
) {
  try {
    return await media.store.read(mediaId, range);
  } catch (error) {
    if (error instanceof MediaGoneError) throw notFound();
    throw error;
  }
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(text);
}

function notFound(): ProblemError {
  return new ProblemError('not-found', 'Nothing answers at this address.');
}
