import { randomUUID } from 'node:crypto';
import {
  chown,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { VaultError } from './vault-error.ts';

/** A key file holds a line for each key; what is longer is another kind of file. */
const MAX_BYTES = 4096;

/**
 * Reads a file of master keys.
 *
 * @throws {VaultError} If it is missing, cannot be read, or may be read by others than its owner.
 */
export async function readKeyFile(path: string): Promise<string> {
  await using file = await openToRead(path);
  const { mode, size } = await file.stat();
  // Windows keeps no such bits: there the folder's own access list has to do.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw exposed(path);
  if (size > MAX_BYTES) {
    throw new VaultError(
      'master_key_malformed',
      `${path} is too long to be a file of master keys.`,
    );
  }
  return await file.readFile('utf8');
}

/**
 * Makes a file of master keys with mode 0600. It is whole on the disk before it has its name.
 *
 * @returns Whether it was made; `false` if there is one already, which is left as it is.
 */
export async function createKeyFile(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = await writeDraft(path, text);
  try {
    // Unlike a rename, a link never takes the place of a file that is there.
    await link(draft, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/**
 * Puts other keys into a file. A crash leaves the former text or the new one, whole.
 *
 * @throws {VaultError} If the file cannot be replaced; then it is as it was.
 */
export async function replaceKeyFile(path: string, text: string): Promise<void> {
  // A link stays a link: its target is replaced.
  const target = await realpath(path);
  try {
    await removeLeftOvers(target);
    const draft = await writeDraft(target, text);
    await keepOwner(target, draft);
    await rename(draft, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    throw new VaultError(
      'master_key_fixed',
      `The master key's file ${path} cannot be replaced: ${cause instanceof Error ? cause.message : String(cause)}. Run the command as a user who may write there, or put the new key there yourself and give the former one as GREENROOM_MASTER_KEY_FILE_PREVIOUS.`,
      { cause },
    );
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) throw missing(path, cause);
    throw new VaultError(
      'master_key_unreadable',
      `The master key's file ${path} cannot be read by the user that Greenroom runs as. Make that user its owner: chown USER ${quote(path)}`,
      { cause },
    );
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}.draft`;
  await using file = await open(draft, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
  return draft;
}

/** A draft that a crash left behind holds a key: it must not lie about. */
async function removeLeftOvers(path: string): Promise<void> {
  const start = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(start) && name.endsWith('.draft')) await rm(join(dirname(path), name));
  }
}

/** Who rotates as root must not lock out the user that the server runs as. */
async function keepOwner(from: string, to: string): Promise<void> {
  await using file = await open(from, 'r');
  const { uid, gid } = await file.stat();
  if (process.getuid?.() === 0) await chown(to, uid, gid);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and makes renames durable by itself.
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function missing(path: string, cause: unknown): VaultError {
  return new VaultError(
    'master_key_missing',
    `There is no master key at ${path}. Put the key of this installation there; for a new installation make one: (umask 077; openssl rand -base64 32 > ${quote(path)})`,
    { cause },
  );
}

function exposed(path: string): VaultError {
  return new VaultError(
    'master_key_exposed',
    `Others than its owner may read the master key's file. Take that away: chmod 600 ${quote(path)}`,
  );
}

/** A path as it can be pasted into a shell. */
function quote(path: string): string {
  return /^[\w./-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
