import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';

/** A file may take this long over one request; what is cut then goes on over another one. */
export const LONGEST_UPLOAD_MS = 6 * 3_600_000;

/**
 * Cuts requests whose body comes too slowly, but uploads, which see to it themselves.
 *
 * Node has one limit for all requests of a server, and it is set for uploads; so the others are timed here, and
 * end as Node would end them.
 */
export function cutSlowBodies(
  app: FastifyInstance,
  { requestSeconds }: Pick<Config, 'requestSeconds'>,
): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, routeOptions } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    if (hasBody && routeOptions.config.isUpload !== true) {
      const cut = () => {
        const error = Object.assign(new Error('The request did not arrive in time'), {
          code: 'ERR_HTTP_REQUEST_TIMEOUT',
        });
        if (!raw.complete) app.server.emit('clientError', error, raw.socket);
      };
      const timer = setTimeout(cut, requestSeconds * 1000);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}
