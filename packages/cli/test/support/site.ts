import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@greenroom/contract';
import { type RunningEmulator, startEmulator } from '@greenroom/emulator';
import { vi } from 'vitest';
import { type CliRun, type RunEnd, runCli, startCli } from './run-cli.ts';

/** An installation in a folder of its own, as `greenroom serve` makes it, and TikTok beside it. */
export interface Site extends AsyncDisposable {
  readonly tiktok: RunningEmulator;
  /** Where commands run; the installation is in `data` below it. */
  readonly folder: string;
  readonly api: Client;
  readonly url: string;
  readonly apiKey: string;
  /** Runs a command to its end, where the server runs. */
  run(...args: string[]): Promise<RunEnd>;
  /** Starts a command there. */
  start(...args: string[]): CliRun;
  /** Connects a creator of TikTok’s, and gives the account’s id. */
  connect(username: string): Promise<string>;
}

/** Starts TikTok and `greenroom serve`, the embedded database and all. */
export async function startSite(): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const tiktok = stack.use(await startEmulator());
  await tiktok.control.patchSettings({ processing_seconds: 0, rate_limits: false, caps: false });
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-site-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = startCli(['serve', '--json', '--port', '0', '--data', 'data'], {
    cwd: folder,
    env: {
      LOG_LEVEL: 'silent',
      TIKTOK_CLIENT_KEY: 'audited',
      TIKTOK_CLIENT_SECRET: 'emulator-secret',
      TIKTOK_API_URL: tiktok.url,
      TIKTOK_AUTHORIZE_URL: tiktok.url,
    },
  });
  stack.defer(async () => {
    process.kill(-(server.child.pid ?? 0), 'SIGTERM');
    await server.ended;
  });
  await vi.waitFor(() => requireLine(server), { timeout: 90_000 });
  const { url }: { url: string } = JSON.parse(server.stdout());
  const apiKey = (await readFile(join(folder, 'data', 'owner.key'), 'utf8')).trim();
  const api = createClient({ baseUrl: url, apiKey });
  const options = { cwd: folder, env: { HOME: folder, GREENROOM_DATA: 'data' } };
  const rest = stack.move();
  return {
    tiktok,
    folder,
    api,
    url,
    apiKey,
    run: (...args) => runCli(args, options),
    start: (...args) => startCli(args, options),
    connect: (username) => connect({ api, tiktok }, username),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

function requireLine(server: CliRun): void {
  if (!server.stdout().endsWith('\n'))
    throw new Error(`The server is not ready: ${server.stderr()}`);
}

async function connect(
  { api, tiktok }: Pick<Site, 'api' | 'tiktok'>,
  username: string,
): Promise<string> {
  const { authorize_url } = await api.startConnection({
    flow: 'desktop',
    redirect_uri: 'http://127.0.0.1:8976/callback/',
  });
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username,
    decision: 'allow',
  });
  const { code = '', state = '' } = Object.fromEntries(new URL(redirect_url).searchParams);
  return (await api.completeConnection({ code, state }, { timeoutMs: 60_000 })).id;
}

/** A file of the emulator’s collection. */
export function mediaFile(name: string): string {
  return new URL(`../../../emulator/test/media/${name}`, import.meta.url).pathname;
}
