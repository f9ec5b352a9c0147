import { constants } from 'node:fs';
import { access, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { EngineInUseError } from './engine-error.ts';

/** Sole use of a data folder. */
export interface FolderLock {
  /** Gives the folder back. May be called twice. */
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process alone.
 *
 * The kernel holds the lock, on an empty SQLite file: it ends with the process however that ends, so it is never stale,
 * and it holds between containers that share the folder, where process ids mean nothing. Node has no other file lock.
 *
 * @throws {EngineInUseError} If another process has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const pidPath = join(folder, 'server.pid');
  const unlock = await takeLock(join(folder, 'lock'));
  if (unlock === undefined) throw new EngineInUseError(folder, await findOwner(pidPath));
  // For people, and for the words of a refusal: on a full disk the lock does without.
  await writeFile(pidPath, `${process.pid} ${hostname()}\n`, PRIVATE).catch(() => undefined);
  let isHeld = true;
  return {
    release: async () => {
      if (!isHeld) return;
      isHeld = false;
      await rm(pidPath, { force: true });
      unlock();
    },
  };
}

async function takeLock(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = loadSqlite();
  // For its words: SQLite keeps the cause of a refusal to itself.
  await access(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
  await makePrivate(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is written, not even a journal, and the transaction never ends: it is the lock.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      return undefined;
    }
    throw error;
  }
  return () => database.close();
}

const SQLITE_BUSY = 5;

/** For us alone: another user who may open the lock could hold it. */
const PRIVATE = { mode: 0o600 } as const;

/** Never opens a lock that is there: closing it again would give up the one that this process may hold. */
async function makePrivate(path: string): Promise<void> {
  await writeFile(path, '', { ...PRIVATE, flag: 'wx' })
    .catch(() => chmod(path, PRIVATE.mode))
    .catch(() => undefined);
}

/** Node 22 warns that its SQLite may change. What is used here is the same in every version since. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function findOwner(path: string): Promise<{ pid: number; host: string } | undefined> {
  const [pid, host] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  return pid && host ? { pid: Number(pid), host } : undefined;
}
