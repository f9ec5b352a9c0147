import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Binaries, canReach } from './binaries.ts';
import { EngineError } from './engine-error.ts';
import { POINTER } from './platform.ts';
import type { ServerUser } from './server-user.ts';

/** How PostgreSQL's programs are run. */
export interface Runner {
  readonly binaries: Binaries;
  /** Who they run as; undefined for the user of this process. */
  readonly user: ServerUser | undefined;
}

/** One run of a program on a folder. */
export interface Run {
  readonly program: 'initdb' | 'postgres' | 'pg_ctl';
  /** Folder that the program works in. */
  readonly folder: string;
  /** Arguments, made of the folder's path as the program reaches it. */
  readonly args: (folder: string) => readonly string[];
}

/** Runs a program to its end. */
export async function runProgram(
  runner: Runner,
  run: Run & { readonly input?: string },
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = await spawnProgram(runner, run, ['pipe', 'pipe', 'pipe']);
  // The three are pipes.
  const { stdin, stdout, stderr } = child as ChildProcess & {
    readonly [name in 'stdin' | 'stdout' | 'stderr']: NonNullable<ChildProcess[name]>;
  };
  // A program that ends early closes the pipe: its exit code tells.
  stdin.on('error', () => undefined);
  stdin.end(run.input ?? '');
  const ended = once(child, 'close');
  const output = await Promise.all([text(stdout), text(stderr)]);
  await ended;
  return { code: child.exitCode, output: output.join('') };
}

/**
 * Starts a program in a session of its own: Ctrl-C in the terminal is for us, and we stop it in order.
 *
 * Nothing is waited for between its start and the return: whoever listens at once misses neither output nor end.
 */
export async function spawnProgram(
  runner: Runner,
  run: Run,
  stdio: readonly ('pipe' | 'ignore' | number)[],
): Promise<ChildProcess> {
  const path = join(runner.binaries.folder, 'bin', run.program);
  using door = await openDoor(run.folder, runner.user);
  const child = spawn(path, run.args(door.path), {
    stdio: [...stdio, ...(door.fd === undefined ? [] : [door.fd])],
    env: environment(),
    cwd: '/',
    detached: true,
    windowsHide: true,
    ...runner.user,
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new EngineError(
      'cannot_run',
      `PostgreSQL cannot be run here (${String(error)}). ${POINTER}`,
      { cause: error },
    );
  }
  return child;
}

interface Door extends Disposable {
  /** Path of the folder as the program reaches it. */
  readonly path: string;
  readonly fd?: number;
}

/** Number of the folder in the program: after stdin, stdout and stderr. */
const FOLDER_FD = 3;

/**
 * Opens a folder for a program.
 *
 * Run as another user than root, the program could not enter a folder below a home of mode 0700. On Linux it gets the
 * opened folder itself: a path through `/proc/self/fd` asks no permission of the folders above, and the other
 * files beside it, such as the master key, stay out of its reach.
 */
async function openDoor(folder: string, user: ServerUser | undefined): Promise<Door> {
  if (user === undefined) return { path: folder, [Symbol.dispose]: () => undefined };
  if (process.platform !== 'linux') {
    if (await canReach(folder, user)) return openDoor(folder, undefined);
    throw new EngineError(
      'no_access',
      `PostgreSQL refuses to run as root, and user ${user.uid} cannot reach ${folder}. Choose a data folder that every user may enter, such as /var/lib/greenroom (GREENROOM_DATA).`,
    );
  }
  const fd = openSync(folder, 'r');
  return {
    path: `/proc/self/fd/${FOLDER_FD}`,
    fd,
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Nothing of ours: PGDATA or a TZ of the person's would change what the server does, and a secret would be in its environment. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];
  const found = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(found), LC_ALL: 'C', TZ: 'UTC' };
}
