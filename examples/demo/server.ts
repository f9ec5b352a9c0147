import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@greenroom/contract';
import { type RunningServer, readConfig, readOwnerKey, startServer } from '@greenroom/server';
import type { DemoApi } from './upload.ts';

/** Greenroom on a throw-away data folder, and its API as the local owner. */
export interface DemoServer extends DemoApi, AsyncDisposable {
  readonly server: RunningServer;
}

/** Starts Greenroom on its embedded database, for the app `audited` of the emulator at `tiktokUrl`. */
export async function startDemoServer(
  tiktokUrl: string,
  say: (words: string) => void,
): Promise<DemoServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'greenroom-demo-'));
  const removeFolder = () => rm(dataFolder, { recursive: true, force: true });
  try {
    const config = readConfig({
      GREENROOM_DATA: dataFolder,
      GREENROOM_PORT: '0',
      GREENROOM_TEST_MODE: 'true',
      TIKTOK_CLIENT_KEY: 'audited',
      TIKTOK_CLIENT_SECRET: 'emulator-secret',
      TIKTOK_API_URL: tiktokUrl,
      TIKTOK_AUTHORIZE_URL: tiktokUrl,
      LOG_LEVEL: 'warn',
    });
    const server = await startServer(config, { onStep: say });
    const apiKey = await readOwnerKey(dataFolder);
    if (apiKey === undefined) throw new Error('the server left no key of its owner');
    return {
      server,
      url: server.url,
      apiKey,
      api: createClient({ baseUrl: server.url, apiKey }),
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}
