import type { ChildProcess } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Address, listenSettings } from './address.ts';
import { EngineError } from './engine-error.ts';
import type { Layout } from './layout.ts';
import { isServerOf, readPostmasterFile } from './postmaster-file.ts';
import { type Runner, runProgram, spawnProgram } from './programs.ts';
import { startFailure } from './start-failure.ts';

/** A server process that is up. */
export interface Postmaster {
  readonly pid: number;
  /** Ends when the process does. */
  readonly ended: Promise<void>;
}

/** What it takes to start a server. */
export interface Start {
  readonly runner: Runner;
  readonly layout: Layout;
  readonly address: Address;
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** How often a server that starts or ends is looked at. */
const POLL_MS = 15;

/** How often a server that we adopted, and which is no child of ours, is looked at. */
const WATCH_MS = 500;

/** Log of one start, kept until the next but one. */
const LOG_LIMIT_BYTES = 1_000_000;

/** Starts the server and waits until it takes connections, however long it recovers. */
export async function startPostmaster(start: Start): Promise<Postmaster> {
  const { layout } = start;
  const logStart = await turnLog(layout.log);
  const child = await spawnPostmaster(start);
  const ended = endOf(child);
  // Node need not wait for it: who wants it stopped says so.
  child.unref();
  // A child that was spawned has a number.
  const pid = child.pid as number;
  for (;;) {
    if (hasEnded(child)) throw startFailure(layout.root, await readFrom(layout.log, logStart));
    const file = await readPostmasterFile(layout);
    if (file?.pid === pid && file.status === 'ready') return { pid, ended };
    await sleep(POLL_MS);
  }
}

/** A server that runs already, once it takes connections; undefined if it ends before. */
export async function adoptPostmaster(
  layout: Layout,
  pid: number,
): Promise<Postmaster | undefined> {
  while (await isServerOf(layout, pid)) {
    const file = await readPostmasterFile(layout);
    if (file?.pid === pid && file.status === 'ready') return { pid, ended: watch(layout, pid) };
    await sleep(POLL_MS);
  }
  return undefined;
}

/**
 * Stops a server: open transactions are rolled back, what was committed is on the disk. No signal goes to a number that is
 * not the server's any more.
 */
export async function stopPostmaster(runner: Runner, layout: Layout, pid: number): Promise<void> {
  for (const { mode, signal, patienceMs } of STOP_MODES) {
    if (!(await isServerOf(layout, pid))) return;
    if (process.platform === 'win32') await stopByProgram(runner, layout, mode);
    else signalServer(pid, signal);
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!(await isServerOf(layout, pid))) return;
      await sleep(POLL_MS);
    }
  }
  throw new EngineError('not_started', `The embedded database (process ${pid}) does not stop.`);
}

/** Tells a server to stop, without waiting. */
export function signalServer(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone: that is what was wanted.
  }
}

/** PostgreSQL's fast shutdown, and the immediate one, after which the next start recovers. */
const STOP_MODES = [
  { mode: 'fast', signal: 'SIGINT', patienceMs: 60_000 },
  { mode: 'immediate', signal: 'SIGQUIT', patienceMs: 10_000 },
] as const;

/** Windows has no signals: PostgreSQL's own program tells its server through a pipe. */
export async function stopByProgram(
  runner: Runner,
  layout: Layout,
  mode: 'fast' | 'immediate',
): Promise<void> {
  await runProgram(runner, {
    program: 'pg_ctl',
    folder: layout.root,
    args: (folder) => ['stop', '--no-wait', '-m', mode, '-D', join(folder, 'cluster')],
  });
}

/** Whether the server that runs was started with these settings: PostgreSQL writes down its command line. */
export async function hasSettings({ layout, settings }: Start): Promise<boolean> {
  const line = await readFile(join(layout.cluster, 'postmaster.opts'), 'utf8').catch(() => '');
  const args = toArgs(settings).map((arg) => `"${arg}"`);
  return line.includes(` ${args.join(' ')} `);
}

/** Connects as the owner, and gives the server's version: `18.4`. */
export async function readServerVersion(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version`,
    );
    return rows[0]?.version ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Also of a child that has ended before anybody asks. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function spawnPostmaster(start: Start): Promise<ChildProcess> {
  await using log = await open(start.layout.log, 'a', 0o600);
  return await spawnProgram(
    start.runner,
    {
      program: 'postgres',
      folder: start.layout.root,
      args: (folder) => {
        const listen = listenSettings(start.address, folder);
        return ['-D', join(folder, 'cluster'), ...toArgs(start.settings), ...toArgs(listen)];
      },
    },
    ['ignore', log.fd, log.fd],
  );
}

function toArgs(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Begins a new log when the old one has grown, and gives the place where this start's lines begin. */
async function turnLog(path: string): Promise<number> {
  const size = await stat(path).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(path, `${path}.1`);
  return 0;
}

async function readFrom(path: string, start: number): Promise<string> {
  return (await readFile(path)).subarray(start).toString();
}

async function watch(layout: Layout, pid: number): Promise<void> {
  while (await isServerOf(layout, pid)) await sleep(WATCH_MS, undefined, { ref: false });
}
