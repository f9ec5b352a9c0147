import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';

/** Bytes gathered before they go to the disk; a file that ends below never gets one while it grows. */
const BATCH_BYTES = 1024 * 1024;

/** What a file turned out to be, once all its bytes were there. */
export interface ReceivedFile {
  /** Lowercase hex SHA-256 of all bytes. */
  readonly sha256: string;
  /** Size, in bytes. */
  readonly bytes: number;
  /** Whether the bytes are at the path of the file; else whoever asked has them already. */
  readonly isNew: boolean;
}

interface Checkpoint {
  readonly hash: Hash;
  readonly batchLength: number;
}

/**
 * A file that grows while its bytes arrive, hashed on the way and never held in memory.
 *
 * Bytes come in transactions: `begin`, any number of `write`, then `commit` or `rollback`. One batch
 * is gathered while the one before it is written, so at most two of them (2 MiB) are held.
 */
export class IncomingFile {
  /** Where the bytes are once the file is finished. */
  readonly path: string;
  #handle: FileHandle | undefined;
  #isOnDisk = false;
  #hash: Hash = createHash('sha256');
  #checkpoint: Checkpoint | undefined;
  #committedBytes = 0;
  #bytes = 0;
  #flushedBytes = 0;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes that are part of the file whatever happens next. */
  get committedBytes(): number {
    return this.#committedBytes;
  }

  /** All bytes so far, those of the open transaction included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Opens a transaction: what is written from now on can be taken back. */
  begin(): void {
    this.#checkpoint = { hash: this.#hash.copy(), batchLength: this.#batch.length };
  }

  /**
   * Appends bytes, which must not change any more.
   *
   * @returns A promise to wait for before the next call, when the disk is behind.
   */
  write(chunk: Buffer): Promise<void> | undefined {
    this.#hash.update(chunk);
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    this.#bytes += chunk.length;
    return this.#batchBytes >= BATCH_BYTES ? this.#flush() : undefined;
  }

  /** Makes what was written since `begin` part of the file. */
  async commit(): Promise<void> {
    // A file that is already on the disk keeps nothing in memory between two chunks.
    if (this.#isOnDisk) {
      await this.#flush();
      await this.#writing;
    }
    this.#checkpoint = undefined;
    this.#committedBytes = this.#bytes;
  }

  /** Takes back what was written since `begin`. */
  async rollback(): Promise<void> {
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined) return;
    this.#checkpoint = undefined;
    await this.#writing?.catch(ignore);
    this.#writing = undefined;
    this.#hash = checkpoint.hash;
    const isFlushed = this.#flushedBytes >= this.#committedBytes;
    this.#batch = isFlushed ? [] : this.#batch.slice(0, checkpoint.batchLength);
    this.#flushedBytes = Math.min(this.#flushedBytes, this.#committedBytes);
    this.#batchBytes = this.#committedBytes - this.#flushedBytes;
    this.#bytes = this.#committedBytes;
  }

  /**
   * Closes the file, whole, and says what it is.
   *
   * @param hold - Asked once the SHA-256 is known; true when these bytes are kept elsewhere already,
   *   so that they need not be written again.
   */
  async finish(hold: (sha256: string) => boolean): Promise<ReceivedFile> {
    const sha256 = this.#hash.digest('hex');
    const bytes = this.#committedBytes;
    if (hold(sha256)) {
      await this.discard();
      return { sha256, bytes, isNew: false };
    }
    if (this.#isOnDisk) {
      await this.#writeRest();
    } else {
      this.#isOnDisk = true;
      await writeFile(this.path, Buffer.concat(this.#batch));
    }
    this.#batch = [];
    return { sha256, bytes, isNew: true };
  }

  /** The bytes that are part of the file whatever happens next. Holds them all in memory. */
  async readCommitted(): Promise<Buffer> {
    const bytes = this.#isOnDisk ? await readFile(this.path) : Buffer.concat(this.#batch);
    return bytes.subarray(0, this.#committedBytes);
  }

  /** Throws the bytes away. May be called at any time and more than once. */
  async discard(): Promise<void> {
    await this.#writing?.catch(ignore);
    this.#batch = [];
    await this.#close();
    if (!this.#isOnDisk) return;
    this.#isOnDisk = false;
    await rm(this.path, { force: true });
  }

  async #writeRest(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#close();
    // A chunk that was cut may have left bytes beyond the end.
    await truncate(this.path, this.#committedBytes);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#batchBytes === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#writing = this.#writeAt(batch);
    // The next write reports the failure; without a listener it would end the process before.
    this.#writing.catch(ignore);
  }

  async #writeAt(batch: Buffer[]): Promise<void> {
    this.#isOnDisk = true;
    this.#handle ??= await open(this.path, 'w');
    let left = batch;
    while (left.length > 0) {
      const { bytesWritten } = await this.#handle.writev(left, this.#flushedBytes);
      this.#flushedBytes += bytesWritten;
      left = dropBytes(left, bytesWritten);
    }
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

function dropBytes(buffers: Buffer[], count: number): Buffer[] {
  let rest = count;
  let index = 0;
  for (; index < buffers.length; index += 1) {
    const length = buffers[index]?.length ?? 0;
    if (rest < length) break;
    rest -= length;
  }
  const [head, ...tail] = buffers.slice(index);
  return head === undefined ? [] : [head.subarray(rest), ...tail];
}

function ignore(): void {
  // The failure was, or will be, reported by whoever waits for the same promise.
}
