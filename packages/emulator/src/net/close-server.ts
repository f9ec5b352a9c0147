import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long requests in flight may still take. */
const GRACE_MS = 2000;

/**
 * Stops a server: no new connections, requests in flight end, and what does not end in two seconds
 * is cut.
 *
 * @param abort - Told at once: ends what waits on purpose, as a delayed answer does.
 */
export async function closeServer(app: FastifyInstance, abort: () => void): Promise<void> {
  const closed = new AbortController();
  const closing = app.close().finally(() => closed.abort());
  abort();
  const deadline = performance.now() + GRACE_MS;
  while (!closed.signal.aborted && performance.now() < deadline) {
    // A connection that was busy when the server closed becomes idle only now.
    app.server.closeIdleConnections();
    await sleep(5, undefined, { signal: closed.signal }).catch(() => undefined);
  }
  if (!closed.signal.aborted) app.server.closeAllConnections();
  await closing;
}
