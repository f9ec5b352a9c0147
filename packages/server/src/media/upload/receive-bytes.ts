import { setTimeout as wait } from 'node:timers/promises';
import { inWorkspace } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { type MediaWriter, StorageFullError } from '../store/media-store.ts';
import type { UploadLock } from './upload-locks.ts';
import { saveProgress, type UploadRow } from './upload-queries.ts';

/** How often is stored how far an upload is: what a crash costs at most. */
const SAVE_EVERY_MS = 1000;

/** After so many bytes it is seen whether there is room for more: some of the disk stays free, for the database. */
const LOOKED_FOR_ROOM_BYTES = 8_000_000;

/** The upload is not this request's to write any more: it was deleted, or taken over. */
export class UploadLostError extends Error {
  override readonly name = 'UploadLostError';
}

/** What {@link receiveBytes} writes. */
export interface Reception {
  readonly upload: UploadRow;
  readonly lock: UploadLock;
  /** The bytes behind those that are there already. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends the bytes early, because another request waits or nothing can be stored any more. */
  readonly stop: () => void;
}

/**
 * Writes the bytes of one request as they come, and stores each second how many of them are safe.
 *
 * However it ends, what has come is kept, and the next request goes on there: after a cut connection at its very
 * byte, after the death of the process at the last second's.
 *
 * @returns How many bytes of the upload are here.
 * @throws {StorageFullError} If the disk is full.
 * @throws {UploadLostError} If somebody else has the upload now.
 */
export async function receiveBytes(
  services: Pick<Services, 'database' | 'media'>,
  { bytes, lock, stop, upload }: Reception,
): Promise<number> {
  const { hashes, store } = services.media;
  const { id, received: from } = upload;
  const running = hashes.find(id, from);
  const writer = await store.openWriter(id, from);
  const saver = new Saver({ services, upload, lock, writer, stop });
  try {
    let unwatched = 0;
    for await (const piece of bytes) {
      saver.throwIfFailed();
      unwatched += piece.length;
      if (unwatched > LOOKED_FOR_ROOM_BYTES) {
        unwatched = 0;
        if ((await store.freeBytes()) === 0) throw new StorageFullError();
      }
      await writer.write(piece);
      if (running !== undefined) hashes.update(running, piece);
    }
  } finally {
    try {
      await saver.close();
    } finally {
      await writer.close();
    }
  }
  saver.throwIfFailed();
  return saver.saved;
}

interface SaverParts {
  readonly services: Pick<Services, 'database' | 'media'>;
  readonly upload: UploadRow;
  readonly lock: UploadLock;
  readonly writer: MediaWriter;
  readonly stop: () => void;
}

/** Stores again and again how far an upload is, while its bytes come. */
class Saver {
  readonly #parts: SaverParts;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;
  #error: Error | undefined;
  #saved: number;

  constructor(parts: SaverParts) {
    this.#parts = parts;
    this.#saved = parts.upload.received;
    this.#loop = this.#run();
  }

  /** Bytes that are safe, and known to be. */
  get saved(): number {
    return this.#saved;
  }

  throwIfFailed(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Stores the end. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    if (!(this.#error instanceof UploadLostError)) await this.#save();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      while (!signal.aborted) {
        await wait(SAVE_EVERY_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        await this.#save();
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#parts.stop();
    }
  }

  get #isWhole(): boolean {
    return this.#saved === this.#parts.upload.size;
  }

  async #save(): Promise<void> {
    // It is being checked by now, and not this request's to write any more.
    if (this.#isWhole) return;
    const { lock, services, stop, upload, writer } = this.#parts;
    const received = await writer.sync();
    const sha256 =
      received === upload.size ? services.media.hashes.finish(upload.id, received) : undefined;
    const saved = await inWorkspace(services.database, upload.workspaceId, (tx) =>
      saveProgress(tx, { id: upload.id, writer: lock.writer, received, sha256 }),
    );
    if (saved === undefined) throw new UploadLostError('The upload is not ours any more');
    this.#saved = received;
    // Nothing more is to come of a whole upload, whenever its body ends.
    if (saved.isWanted || this.#isWhole) stop();
  }
}
