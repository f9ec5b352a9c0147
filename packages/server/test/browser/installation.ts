import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../support/free-port.ts';
import { type ServerProcess, spawnServer } from '../support/spawn-server.ts';

const emulatorBin = fileURLToPath(
  new URL('../../../emulator/bin/greenroom-emulator.js', import.meta.url),
);

/** A whole installation, as a person starts it: server with its embedded database, and TikTok beside it. */
export interface Installation extends AsyncDisposable {
  /** The server, on `127.0.0.1`. */
  readonly url: string;
  /** TikTok, on `localhost`: another site than the server's, so that cookies cross sites as in life. */
  readonly tiktokUrl: string;
  /** The one-time link that the first start printed. */
  readonly setupUrl: string;
  /** Asks the server's API with the local owner's key. */
  api(method: string, path: string, body?: object): Promise<unknown>;
  /** Kills the server without a warning, and starts another one in its place. */
  restart(): Promise<void>;
  /** Asks TikTok's control API. */
  control(method: string, path: string, body: object): Promise<unknown>;
}

/** Starts an installation on a throw-away data folder. */
export async function startInstallation(): Promise<Installation> {
  const tiktok = await startTikTok();
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-browser-'));
  const env = {
    GREENROOM_DATA: folder,
    GREENROOM_PORT: String(await findFreePort()),
    GREENROOM_TEST_MODE: 'true',
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: 'emulator-secret',
    TIKTOK_API_URL: tiktok.url,
    TIKTOK_AUTHORIZE_URL: tiktok.url,
  };
  let server = spawnServer(env);
  const close = () => end(server, tiktok, folder);
  try {
    const { url, setup_url: setupUrl } = await server.ready;
    const key = (await readFile(join(folder, 'owner.key'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${key}` };
    return {
      url,
      tiktokUrl: tiktok.url,
      setupUrl: setupUrl ?? '',
      restart: async () => {
        await server.stop('SIGKILL');
        server = spawnServer(env);
        await server.ready;
      },
      api: (method, path, body) => ask(method, `${url}/api/v1${path}`, body, headers),
      control: (method, path, body) => ask(method, `${tiktok.url}/_emulator${path}`, body, {}),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface TikTokProcess {
  readonly url: string;
  stop(): Promise<void>;
}

async function startTikTok(): Promise<TikTokProcess> {
  const child = spawn(process.execPath, [emulatorBin, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The emulator ended with ${code} before it was ready.`);
    }),
  ]);
  // Its one line of JSON is part of its interface.
  const { url } = JSON.parse(String(line)) as { url: string };
  return {
    url: url.replace('127.0.0.1', 'localhost'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function end(server: ServerProcess, tiktok: TikTokProcess, folder: string): Promise<void> {
  await server[Symbol.asyncDispose]();
  await tiktok.stop();
  await rm(folder, { recursive: true, force: true });
}

async function ask(
  method: string,
  url: string,
  body: object | undefined,
  headers: Record<string, string>,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
