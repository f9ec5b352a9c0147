import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Layout } from './layout.ts';
import { giveTo, type ServerUser } from './server-user.ts';

/** What a server says of itself in `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** Whether it listens on a socket in the folder `run`, else on loopback. */
  readonly hasSocket: boolean;
  readonly status: 'starting' | 'stopping' | 'ready' | 'standby' | 'unknown';
}

/** Reads `postmaster.pid`; undefined where there is none, or not yet a whole one. */
export async function readPostmasterFile(layout: Layout): Promise<PostmasterFile | undefined> {
  const text = await readFile(pathOf(layout), 'utf8').catch(() => '');
  const [pid, , , port, socketFolder, , , status = ''] = text
    .split('\n')
    .map((line) => line.trim());
  if (!Number(pid)) return undefined;
  return {
    pid: Number(pid),
    port: Number(port),
    hasSocket: socketFolder !== undefined && socketFolder !== '',
    status: isStatus(status) ? status : 'unknown',
  };
}

/**
 * Whether a process is the server of this folder. After a restart of the machine or of a container,
 * the number that a dead server left behind soon belongs to somebody else.
 */
export async function isServerOf(layout: Layout, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  try {
    if (process.platform === 'linux') {
      return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(layout.cluster));
    }
    if (process.platform === 'win32') return true;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]);
    return stdout.includes(layout.cluster);
  } catch {
    return false;
  }
}

/**
 * Marks the lock files of a dead server as left behind. PostgreSQL alone would refuse to start while any process has that
 * number, and in a container whose first process does not reap, the dead server itself has it for ever.
 *
 * `postmaster.pid` stays: by its other lines PostgreSQL still finds processes of the dead server.
 */
export async function disownLockFiles(layout: Layout, user: ServerUser | undefined): Promise<void> {
  const [, ...lines] = (await readFile(pathOf(layout), 'utf8')).split('\n');
  const draft = `${pathOf(layout)}.greenroom`;
  // PostgreSQL never takes its own parent for another server.
  await writeFile(draft, [String(process.pid), ...lines].join('\n'), { mode: 0o600 });
  await giveTo(user, draft);
  await rename(draft, pathOf(layout));
  for (const name of await readdir(layout.run)) await rm(join(layout.run, name));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function pathOf(layout: Layout): string {
  return join(layout.cluster, 'postmaster.pid');
}

function isStatus(word: string): word is PostmasterFile['status'] {
  return ['starting', 'stopping', 'ready', 'standby'].includes(word);
}
