import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@greenroom/contract';
import type { RunningEmulator } from '@greenroom/emulator';
import { readConfig } from '../../src/config/config.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createLog } from '../../src/logging/log.ts';
import { Closers } from '../../src/runtime/closers.ts';
import { type RunningServer, startServer } from '../../src/runtime/start-server.ts';
import { prepareFirstStart } from '../../src/workspaces/first-start.ts';
import { ensureOwnerKey, readOwnerKey } from '../../src/workspaces/owner-key.ts';
import { createTestDatabase } from './test-database.ts';

/** How a test's server is made. */
export interface TestServerOptions {
  /** The TikTok that it works with. */
  readonly tiktok?: RunningEmulator;
  /** Further configuration; it wins. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A whole server in this process, on a database of its own. */
export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** Where it listens. */
  readonly url: string;
  /** Its API, with a key that may do everything in the first workspace. */
  readonly api: Client;
  readonly apiKey: string;
  readonly workspaceId: string;
  /** The environment that it was made of: another process with it is a second server on the same database. */
  readonly env: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  /** The lines of its log so far. */
  readonly logged: readonly string[];
  /** Moves the server's clock and TikTok's together. */
  moveClocks(seconds: number): Promise<void>;
}

/** Starts a server in test mode with all its sweeps, closed with its scope. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const closers = new Closers();
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** The environment of servers that share one database: a key of their own, and the emulator's app. */
export function testEnvironment(
  databaseUrl: string,
  tiktok?: RunningEmulator,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_PORT: '0',
    GREENROOM_TEST_MODE: 'true',
    // Made with the first upload; whoever uploads removes it.
    GREENROOM_MEDIA_FOLDER: join(tmpdir(), `greenroom-media-${randomUUID()}`),
    ...(tiktok === undefined
      ? {}
      : {
          TIKTOK_CLIENT_KEY: 'audited',
          TIKTOK_CLIENT_SECRET: 'emulator-secret',
          TIKTOK_API_URL: tiktok.url,
          TIKTOK_AUTHORIZE_URL: tiktok.url,
        }),
  };
}

/** Makes a key that may do everything in the first workspace of a database that a server has prepared. */
export async function makeOwnerKey(
  databaseUrl: string,
): Promise<{ readonly apiKey: string; readonly workspaceId: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-owner-'));
  const database = await openDatabase({ url: databaseUrl, maxConnections: 3 });
  try {
    const { workspaceId } = await prepareFirstStart({ database, publicUrl: 'http://127.0.0.1' });
    await ensureOwnerKey(database, folder, workspaceId);
    return { workspaceId, apiKey: (await readOwnerKey(folder)) ?? '' };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function open(
  { env: more, tiktok }: TestServerOptions,
  closers: Closers,
): Promise<TestServer> {
  const database = await createTestDatabase();
  closers.add(() => database.close());
  const env = { ...testEnvironment(database.url, tiktok), ...more };
  const mediaFolder = env['GREENROOM_MEDIA_FOLDER'] ?? '';
  closers.add(() => rm(mediaFolder, { recursive: true, force: true }));
  const logged: string[] = [];
  const config = readConfig(env);
  const log = createLog({
    level: config.logLevel,
    destination: { write: (line) => void logged.push(line) },
  });
  const server = await startServer(config, { log });
  closers.add(() => server.close());
  const { apiKey, workspaceId } = await makeOwnerKey(database.url);
  return {
    server,
    url: server.url,
    api: createClient({ baseUrl: server.url, apiKey }),
    apiKey,
    workspaceId,
    env,
    databaseUrl: database.url,
    logged,
    moveClocks: async (seconds) => {
      await tiktok?.control.moveClock({ advance_seconds: seconds });
      await server.moveClock(seconds);
    },
    [Symbol.asyncDispose]: () => closers.close(),
  };
}
