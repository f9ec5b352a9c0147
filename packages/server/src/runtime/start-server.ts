import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Config, localUrl, withPort } from '../config/config.ts';
import { moveClock } from '../db/clock.ts';
import type { Services } from '../http/services.ts';
import type { Log } from '../logging/log.ts';
import { createServerLog } from '../logging/server-log.ts';
import { createMetrics, watchPool } from '../metrics/metrics.ts';
import { publishAttempt } from '../publishing/attempt/publish-attempt.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import { prepareFirstStart } from '../workspaces/first-start.ts';
import { ensureOwnerKey } from '../workspaces/owner-key.ts';
import { buildApp } from './build-app.ts';
import { Closers } from './closers.ts';
import { type HeldPort, holdPort, toStartError } from './hold-port.ts';
import { openInstallationDatabase } from './open-database.ts';
import { openServices } from './open-services.ts';
import { createReadiness } from './readiness.ts';
import { writeServerFile } from './server-file.ts';
import { startSweepers } from './start-sweepers.ts';
import { stopInOrder } from './stop-in-order.ts';

/** How a server is started, besides its configuration. */
export interface StartServerOptions {
  /** Where it writes what happens; by default as the configuration says, to stderr. */
  readonly log?: Log;
  /** Ends the start, or what of it has been done. */
  readonly signal?: AbortSignal;
  /** Hears what is done, for a person who waits. */
  readonly onStep?: (words: string) => void;
  /** How long a database that cannot be reached is waited for; default one minute. */
  readonly patienceMs?: number;
}

/** A server that listens, sweeps, or both. */
export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Where browsers and TikTok reach it. */
  readonly publicUrl: string;
  /** One-time link for the first owner, while there is none. For a person's eyes: print it once, log it nowhere. */
  readonly setupUrl: string | undefined;
  /** Its configuration, with the port that was found. */
  readonly config: Config;
  /** Moves the installation's clock, backwards by a negative number; in test mode only. What becomes due is done at once. */
  moveClock(seconds: number): Promise<void>;
  /**
   * Stops in order: takes no more requests, lets those under way end (as long as the configuration grants), hands
   * back what the sweeps hold, and closes the database. May be called twice.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server: database, schema, vault, HTTP and sweeps, as the configuration says.
 *
 * A process of its own needs less memory for large files when it starts with V8's `--max-semi-space-size=4`, in
 * megabytes: `greenroom serve` sees to the same.
 *
 * @throws {StartError} If the port is taken, or the database stays away.
 * @throws {VaultError} If the master key is missing or wrong; nothing is changed then.
 * @throws {EngineError} If the embedded database cannot run; nothing is destroyed.
 * @throws {DatabaseError} If the schema is newer than this version.
 * @example
 * ```ts
 * import { readConfig, startServer } from '@greenroom/server';
 *
 * await using server = await startServer(readConfig(process.env));
 * console.log(server.url);
 * ```
 */
export async function startServer(
  config: Config,
  options: StartServerOptions = {},
): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await start(config, options, closers);
  } catch (error) {
    // What was opened is closed; why it failed matters more than what that says.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

async function start(
  given: Config,
  options: StartServerOptions,
  closers: Closers,
): Promise<RunningServer> {
  const { onStep = () => undefined, patienceMs, signal } = options;
  const log = options.log ?? createServerLog(given);
  const held = await holdPort(given.host, given.port);
  closers.add(() => held.release());
  const config = withPort(given, held.port);
  const metrics = createMetrics();
  closers.add(await startTracing(config));
  const step = <T>(work: Promise<T>) => stopIfAborted(work, signal);
  const opened = await step(
    openInstallationDatabase({ config, log, closers, signal, patienceMs, onStep }),
  );
  watchPool(metrics, opened.database.pool);
  const services = await step(openServices({ config, log, metrics, opened, closers }));
  const { setupUrl } = await step(prepareInstallation(services));
  if (config.role !== 'web') await step(services.publishing.start(publishAttempt(services)));
  const sweepers = startSweepers(services);
  closers.add(() => Promise.all(sweepers.map((sweeper) => sweeper.close())));
  const { database, vault } = services;
  // What becomes due by it is done at once, in whatever process it was moved.
  database.clock.onMoved(() => {
    for (const sweeper of sweepers) sweeper.wake();
  });
  const readiness = createReadiness({
    database,
    vault,
    sweeps: () => sweepers.map(({ state }) => state),
  });
  const app = await buildApp(services, { readiness });
  const url = await listen(app, config, held);
  log.info({ url, public_url: config.publicUrl, role: config.role }, 'the server is ready');
  if (config.databaseUrl === undefined) closers.add(await writeServerFile(config.dataFolder, url));
  const close = stopInOrder({ app, sweepers, closers, log, stopMs: config.stopSeconds * 1000 });
  return {
    url,
    publicUrl: config.publicUrl,
    setupUrl,
    config,
    moveClock: (seconds) => moveClock(database, seconds),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** First workspace, first owner's link, local owner's key. */
async function prepareInstallation({
  config,
  database,
}: Services): Promise<{ readonly setupUrl: string | undefined }> {
  // A link is for whoever reads what a server with pages says.
  if (config.role === 'worker') return { setupUrl: undefined };
  const { setupUrl, workspaceId } = await prepareFirstStart({
    database,
    publicUrl: config.publicUrl,
  });
  // Whoever can read the data folder of an embedded installation owns it anyway.
  if (config.databaseUrl === undefined) {
    await ensureOwnerKey(database, config.dataFolder, workspaceId);
  }
  return { setupUrl };
}

async function listen(
  app: FastifyInstance,
  { host, port }: Config,
  held: HeldPort,
): Promise<string> {
  await held.release();
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw toStartError(error, host, port);
  }
  // A listening TCP server has an address with a port.
  const address = app.server.address() as AddressInfo;
  return localUrl(address.address, address.port);
}

async function stopIfAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const result = await work;
  signal?.throwIfAborted();
  return result;
}
