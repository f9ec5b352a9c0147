import type { FastifyInstance } from 'fastify';
import type { Log } from '../logging/log.ts';
import type { Closers } from './closers.ts';
import type { Sweeper } from './sweeper.ts';

/** What is stopped. */
export interface StopOptions {
  readonly app: FastifyInstance;
  readonly sweepers: readonly Sweeper[];
  /** Everything below: broker, presence, pool, engine. */
  readonly closers: Closers;
  readonly log: Log;
  /** How long requests and sweeps under way may take to end. */
  readonly stopMs: number;
}

/** Makes the function that stops a server in order; called twice it waits for the same stop. */
export function stopInOrder(options: StopOptions): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stop(options);
    return stopping;
  };
}

async function stop({ app, closers, log, stopMs, sweepers }: StopOptions): Promise<void> {
  log.info('the server stops');
  // New connections are refused from here on; requests under way go on, and sweeps end their round.
  const requests = app.close();
  const rounds = Promise.all(sweepers.map((sweeper) => sweeper.close()));
  const ended = await within(stopMs, Promise.all([requests, rounds]));
  if (!ended) {
    log.warn({ stop_ms: stopMs }, 'requests or sweeps did not end in time and are cut');
    app.server.closeAllConnections();
    await requests;
  }
  await closers.close();
  log.info('the server has stopped');
}

/** Whether the work ended in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
