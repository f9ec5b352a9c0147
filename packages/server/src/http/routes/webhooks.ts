import type { FastifyInstance } from 'fastify';
import { receiveWebhook } from '../../webhooks/receive-webhook.ts';
import type { Services } from '../services.ts';

/** Where TikTok sends its events: register it at TikTok as the app's webhook URL. */
const WEBHOOK_PATH = '/webhooks/tiktok';

/** TikTok's events have a few hundred bytes. */
const LARGEST_EVENT_BYTES = 64 * 1024;

/**
 * Registers where TikTok's events come in. An event is answered as soon as it is stored: TikTok wants
 * its 200 at once, and what the event means is found out by a sweep.
 */
export async function registerWebhooks(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (scope) => {
    // The signature is over the bytes as they came, whatever their type claims to be.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    const options = { bodyLimit: LARGEST_EVENT_BYTES, config: { isForEvents: true } };
    scope.post<{ Body: Buffer | undefined }>(WEBHOOK_PATH, options, async (request, reply) => {
      const signature = request.headers['tiktok-signature'];
      await receiveWebhook(services, {
        rawBody: request.body ?? Buffer.alloc(0),
        signature: typeof signature === 'string' ? signature : undefined,
      });
      return reply.code(200).send();
    });
  });
}
