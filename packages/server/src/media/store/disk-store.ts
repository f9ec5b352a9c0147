import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ByteRange, VideoSource } from '@greenroom/sdk';
import { fileSource } from '@greenroom/sdk/node';
import { codeOf } from '../../db/errors.ts';
import {
  MediaGoneError,
  type MediaStore,
  type MediaWriter,
  StorageFullError,
  type StoredFile,
} from './media-store.ts';

/** Share of the disk that is kept free, and the most of it: an embedded database on the same disk dies of a full one. */
const KEPT_FREE = { share: 0.02, mostBytes: 500_000_000 };

/** Names the installation that the folder belongs to. */
const OWNER_FILE = 'installation';

/** Bytes that a reader asks the disk for at once. */
const PIECE_BYTES = 262_144;

/**
 * Media in a folder, which every process of the installation sees: `<folder>/<first two digits>/<id>`.
 *
 * A file has its place from the first byte to the last: nothing is renamed, and whether it is whole is for its row to say.
 */
export class DiskStore implements MediaStore {
  readonly #folder: string;

  /** @param folder - Made with mode 0700 when the first file comes. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async openWriter(id: string, from: number): Promise<MediaWriter> {
    const path = this.locate(id);
    const file = from === 0 ? await createFile(path) : await openFile(id, path, constants.O_RDWR);
    try {
      const { size } = await file.stat();
      if (size < from) throw new MediaGoneError(id);
      if (size > from) await file.truncate(from);
      return new DiskWriter(file, from);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(id: string, { first, last }: ByteRange): Promise<Readable> {
    const file = await openFile(id, this.locate(id), constants.O_RDONLY);
    return file.createReadStream({ start: first, end: last, highWaterMark: PIECE_BYTES });
  }

  async openSource(id: string): Promise<VideoSource> {
    try {
      return await fileSource(this.locate(id));
    } catch (error) {
      throw codeOf(error) === 'source_missing' ? new MediaGoneError(id, { cause: error }) : error;
    }
  }

  locate(id: string): string {
    // Ids come from rows, and still: one that were a path would lead out of the folder.
    if (!UUID.test(id)) throw new RangeError('A media id is a UUID');
    return join(this.#folder, id.slice(0, 2), id);
  }

  async remove(id: string): Promise<void> {
    await rm(this.locate(id), { force: true });
  }

  async claim(installationId: string): Promise<boolean> {
    const path = join(this.#folder, OWNER_FILE);
    try {
      await writeFile(path, `${installationId}\n`, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      // Without a folder there is nothing to be whose.
      if (codeOf(error) === 'ENOENT') return false;
      if (codeOf(error) !== 'EEXIST') throw error;
      return (await readFile(path, 'utf8')).trim() === installationId;
    }
  }

  async *list(): AsyncGenerator<readonly StoredFile[]> {
    for (const name of await namesIn(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(name)) continue;
      yield* listFolder(join(this.#folder, name));
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, blocks, bsize } = await statfs(await nearestFolder(this.#folder));
    const kept = Math.min(KEPT_FREE.mostBytes, blocks * bsize * KEPT_FREE.share);
    return Math.max(0, Math.floor(bavail * bsize - kept));
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

class DiskWriter implements MediaWriter {
  readonly #file: FileHandle;
  #position: number;
  #isOpen = true;

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const left = bytes.length - done;
      const { bytesWritten } = await keepingRoom(
        this.#file.write(bytes, done, left, this.#position),
      );
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  async sync(): Promise<number> {
    const position = this.#position;
    await keepingRoom(this.#file.datasync());
    return position;
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

async function createFile(path: string): Promise<FileHandle> {
  const folder = dirname(path);
  const made = await keepingRoom(mkdir(folder, { recursive: true, mode: 0o700 }));
  const file = await keepingRoom(open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  // A file outlives a power cut only if its name does, and that is in its folder.
  await syncFolder(folder);
  if (made !== undefined) await syncFolder(dirname(folder));
  return file;
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder as a file; NTFS journals its names.
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFile(id: string, path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? new MediaGoneError(id, { cause: error }) : error;
  }
}

/** What a call to the disk gives, or `StorageFullError` when the disk is what is wrong. */
async function keepingRoom<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isFull = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
    throw isFull ? new StorageFullError({ cause: error }) : error;
  }
}

async function* listFolder(path: string): AsyncGenerator<readonly StoredFile[]> {
  let portion: StoredFile[] = [];
  for await (const { name } of await opendir(path)) {
    if (!UUID.test(name)) continue;
    const { mtime } = await stat(join(path, name)).catch(() => ({ mtime: undefined }));
    // It was deleted between the two looks.
    if (mtime === undefined) continue;
    portion.push({ id: name, changedAt: mtime });
    if (portion.length < LISTED_AT_ONCE) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

const LISTED_AT_ONCE = 500;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The folder, or what of its path is there already: it is made with the first file. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestFolder(dirname(path));
  }
}
