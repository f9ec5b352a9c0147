import { once } from 'node:events';
import type pg from 'pg';

/**
 * Makes the function that ends a pool and waits until the server has closed its connections: the pool's own `end` only
 * says goodbye, and a database that is stopped right behind it would have to cut them.
 */
export function poolEnder(pool: pg.Pool): () => Promise<void> {
  const open = new Set<pg.PoolClient>();
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  return async () => {
    await pool.end();
    const signal = AbortSignal.timeout(GOODBYE_MS);
    while (open.size > 0 && !signal.aborted) {
      await once(pool, 'remove', { signal }).catch(() => undefined);
    }
  };
}

/** A server behind a network that broke never answers a goodbye. */
const GOODBYE_MS = 1000;
