import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BackupError, fileUnusable } from './backup-error.ts';

/** A file that was written. */
export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a compressed file that only its owner may read, whole or not at all: under another name first, synced, then
 * put in its place, which must be free.
 *
 * @throws {BackupError} `file_exists`, `disk_full` or `file_unusable`.
 */
export async function writePrivateFile(
  path: string,
  content: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<WrittenFile> {
  await requireFree(path);
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await rm(draft, { force: true });
    const written = await writeDraft(draft, content, signal);
    await putInPlace(draft, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(path, error);
    throw isOfFile(error) ? fileUnusable(path, 'written', error) : error;
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function requireFree(path: string): Promise<void> {
  const isTaken = await stat(path).then(
    () => true,
    () => false,
  );
  if (isTaken) throw fileExists(path);
}

async function writeDraft(
  path: string,
  content: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const watch = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(content, createGzip(), watch, target, signal === undefined ? {} : { signal });
  return { bytes, sha256: hash.digest('hex') };
}

/** A link never takes the place of another file; where the disk has no links, a look must do. */
async function putInPlace(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw fileExists(path);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await requireFree(path);
    await rename(draft, path);
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}

function fileExists(path: string): BackupError {
  return new BackupError(
    'file_exists',
    `${path} exists already, and is left as it is. Choose another name.`,
  );
}

function diskFull(path: string, cause: unknown): BackupError {
  return new BackupError(
    'disk_full',
    `The disk has no room for ${path}. Free some space, or write the backup to another disk.`,
    { cause },
  );
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** What a file system says names a path; what a connection says names an address. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'path' in error && typeof error.path === 'string';
}
