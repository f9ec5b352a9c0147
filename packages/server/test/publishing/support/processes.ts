import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@greenroom/contract';
import { startEmulator } from '@greenroom/emulator';
import { type ServerProcess, spawnServer } from '../../support/spawn-server.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { makeOwnerKey } from '../../support/test-server.ts';
import { PUBLISH_SETTINGS, type PublishSite } from './publish-world.ts';

/** Several real processes on one PostgreSQL, with one TikTok. */
export interface Cluster extends PublishSite, AsyncDisposable {
  readonly webs: readonly ServerProcess[];
  readonly workers: readonly ServerProcess[];
  /** Where each web process listens. */
  readonly urls: readonly string[];
  /** Starts one more worker. */
  startWorker(): Promise<ServerProcess>;
}

/** How many processes of each role. */
export interface ClusterOptions {
  readonly webs?: number;
  readonly workers?: number;
  readonly databaseUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts TikTok, a database and the processes. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { env: more, webs: webCount = 1, workers: workerCount = 1 } = options;
  await using stack = new AsyncDisposableStack();
  const tiktok = stack.use(await startEmulator());
  const databaseUrl = options.databaseUrl ?? stack.use(await createTestDatabase()).url;
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-cluster-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const env = {
    DATABASE_URL: databaseUrl,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_MEDIA_FOLDER: join(folder, 'media'),
    GREENROOM_PORT: '0',
    GREENROOM_TEST_MODE: 'true',
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: 'emulator-secret',
    TIKTOK_API_URL: tiktok.url,
    TIKTOK_AUTHORIZE_URL: tiktok.url,
    ...PUBLISH_SETTINGS,
    ...more,
  };
  const start = (role: string) => stack.use(spawnServer({ ...env, GREENROOM_ROLE: role }));
  const webs = Array.from({ length: webCount }, () => start('web'));
  const urls: string[] = [];
  for (const web of webs) urls.push((await web.ready).url);
  const { apiKey } = await makeOwnerKey(databaseUrl);
  const workers = Array.from({ length: workerCount }, () => start('worker'));
  for (const worker of workers) await worker.ready;
  const [url = ''] = urls;
  const rest = stack.move();
  return {
    tiktok,
    databaseUrl,
    url,
    urls,
    apiKey,
    api: createClient({ baseUrl: url, apiKey }),
    webs,
    workers,
    startWorker: async () => {
      const worker = rest.use(spawnServer({ ...env, GREENROOM_ROLE: 'worker' }));
      await worker.ready;
      return worker;
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
