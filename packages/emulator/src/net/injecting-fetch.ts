import type { FastifyInstance } from 'fastify';

/**
 * A `fetch` that calls an app in this process instead of the network: the control client uses it
 * where the emulator speaks TLS, whose authority the global `fetch` cannot be told to trust.
 */
export function injectingFetch(app: FastifyInstance): typeof fetch {
  return async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const { statusCode, rawPayload } = await app.inject({
      // The control client sends these methods and text bodies only.
      method: (init?.method ?? 'GET') as 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
      url: `${pathname}${search}`,
      ...(typeof init?.body === 'string' ? { payload: init.body } : {}),
    });
    const body = statusCode === 204 ? null : new Uint8Array(rawPayload);
    return new Response(body, { status: statusCode });
  };
}
