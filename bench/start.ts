/**
 * `npm run bench:start`: how long `greenroom serve` takes on the embedded database until `/readyz` says yes, at the
 * first start on an empty folder and at the second, and what memory and processor time it takes when nothing happens.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isQuick, median, report } from './report.ts';
import { listFamily, processorSeconds } from './support/processor-time.ts';

const CLI = fileURLToPath(new URL('../packages/cli/bin/greenroom.js', import.meta.url));
const RUNS = isQuick() ? 2 : 7;
/** Long enough for memory of the start to be given back. */
const IDLE_MS = isQuick() ? 3_000 : 20_000;
/** What the start leaves to be done is no idleness. */
const SETTLING_MS = 2_000;
const POLL_MS = 5;
const PATIENCE_MS = 60_000;

/** What one folder's two starts took. */
interface Run {
  readonly firstSeconds: number;
  readonly secondSeconds: number;
  readonly idleMegabytes: number;
  readonly databaseMegabytes: number;
  /** Processor time in a second in which nothing happens. */
  readonly idleMs: number;
  readonly databaseIdleMs: number;
}

/** A server that answered. */
interface Started {
  readonly child: ChildProcess;
  readonly seconds: number;
}

const runs: Run[] = [];
for (let run = 0; run < RUNS; run += 1) runs.push(await measure());
const middle = (pick: (run: Run) => number) => median(runs.map(pick));
report(
  'start',
  [
    {
      figure: 'first start on an empty folder until /readyz, s',
      ours: middle(({ firstSeconds }) => firstSeconds),
      reference: 6,
      reference_name: 'limit of issue 4',
      must: { at_most: 1 },
    },
    {
      figure: 'second start until /readyz, s',
      ours: middle(({ secondSeconds }) => secondSeconds),
      reference: 3,
      reference_name: 'limit of issue 4',
      must: { at_most: 1 },
    },
    {
      figure: `resident memory of our process, idle for ${(SETTLING_MS + IDLE_MS) / 1000} s, MB`,
      ours: middle(({ idleMegabytes }) => idleMegabytes),
      reference: 200,
      reference_name: 'limit of issue 4',
      must: { at_most: 1 },
    },
  ],
  [
    `median of ${RUNS} runs, each on a folder of its own, compiled packages, pages of the programs in the disk cache`,
    `memory that the database's processes share out among them: ${Math.round(middle(({ databaseMegabytes }) => databaseMegabytes))} MB`,
    `processor time in an idle second: our process ${Math.round(middle(({ idleMs }) => idleMs))} ms, the database ${Math.round(middle(({ databaseIdleMs }) => databaseIdleMs))} ms`,
  ],
);

async function measure(): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
  try {
    const first = await start(folder);
    await stop(first.child);
    const second = await start(folder);
    try {
      const pid = second.child.pid ?? 0;
      const postmaster = await databasePid(folder);
      // Connections come and go: who is there is asked each time.
      const used = async () => ({
        ours: await processorSeconds([pid]),
        database: await processorSeconds(listFamily(postmaster)),
      });
      await sleep(SETTLING_MS);
      const before = await used();
      await sleep(IDLE_MS);
      const after = await used();
      return {
        firstSeconds: first.seconds,
        secondSeconds: second.seconds,
        idleMegabytes: (await memoryOf(pid, 'Rss')) / 1e6,
        databaseMegabytes: (await sharedMemory(listFamily(postmaster))) / 1e6,
        idleMs: ((after.ours - before.ours) / IDLE_MS) * 1e6,
        databaseIdleMs: ((after.database - before.database) / IDLE_MS) * 1e6,
      };
    } finally {
      await stop(second.child);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(folder: string): Promise<Started> {
  const port = await findFreePort();
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, 'serve', '--port', String(port)], {
    // Nothing of the person's own settings, and the compiled packages.
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GREENROOM_RUN: 'dist',
      GREENROOM_DATA: join(folder, 'data'),
    },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  while (!(await isReady(`http://127.0.0.1:${port}/readyz`))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (performance.now() - begun > PATIENCE_MS) throw new Error('the server did not get ready');
    await sleep(POLL_MS);
  }
  return { child, seconds: (performance.now() - begun) / 1000 };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Bytes that a process holds: all of them, or its share of what it holds together with others. */
async function memoryOf(pid: number, kind: 'Rss' | 'Pss'): Promise<number> {
  if (process.platform !== 'linux') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) * 1024;
  }
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${kind}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
}

async function databasePid(folder: string): Promise<number> {
  const path = join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid');
  return Number((await readFile(path, 'utf8')).split('\n')[0]);
}

/** Bytes that processes share out among them. */
async function sharedMemory(pids: readonly number[]): Promise<number> {
  const shares = await Promise.all(pids.map((pid) => memoryOf(pid, 'Pss')));
  return shares.reduce((sum, share) => sum + share, 0);
}
