import { execFile } from 'node:child_process';
import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EngineError } from './engine-error.ts';

/** Who PostgreSQL runs as, when it is not the user of this process. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that PostgreSQL runs as: undefined for the user of this process, or, because PostgreSQL
 * refuses to run as root, the first of `greenroom`, `postgres` and `nobody` that this machine has.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['greenroom', 'postgres', 'nobody']) {
    const user = await lookUp(name);
    if (user !== undefined && user.uid !== 0) return user;
  }
  throw new EngineError(
    'no_access',
    'PostgreSQL refuses to run as root, and this machine has no user to run it as. Make one, `useradd --system greenroom`, or start Greenroom as another user.',
  );
}

/** Gives a folder and all that is in it to a user. Links are not followed. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user === undefined) return;
  const entry = await lstat(path);
  if (entry.uid !== user.uid || entry.gid !== user.gid) await lchown(path, user.uid, user.gid);
  if (!entry.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(user, join(path, name));
}

/** By `id`, which also knows users of a directory service. */
async function lookUp(name: string): Promise<ServerUser | undefined> {
  const run = promisify(execFile);
  const ask = async (flag: string) => Number((await run('id', [flag, name])).stdout);
  try {
    return { uid: await ask('-u'), gid: await ask('-g') };
  } catch {
    return undefined;
  }
}
