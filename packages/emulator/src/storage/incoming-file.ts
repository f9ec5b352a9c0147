import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { BatchPool } from './batch-pool.ts';

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
  readonly gathered: number;
}

/**
 * A file that grows while its bytes arrive, hashed on the way and never held in memory.
 *
 * Bytes come in transactions: `begin`, any number of `write`, then `commit` or `rollback`. One batch
 * is gathered while the one before it is written, so at most two of them (2 MiB) are held; a file
 * that ends before its first batch is full never touches the disk while it grows.
 */
export class IncomingFile {
  /** Where the bytes are once the file is finished. */
  readonly path: string;
  readonly #pool: BatchPool;
  #handle: FileHandle | undefined;
  #isOnDisk = false;
  #hash: Hash = createHash('sha256');
  #checkpoint: Checkpoint | undefined;
  #committedBytes = 0;
  #bytes = 0;
  #flushedBytes = 0;
  #batch: Buffer | undefined;
  /** Bytes in the batch. */
  #gathered = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param path - Names a file that does not exist yet.
   * @param pool - Where batches come from.
   */
  constructor(path: string, pool: BatchPool) {
    this.path = path;
    this.#pool = pool;
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
    this.#checkpoint = { hash: this.#hash.copy(), gathered: this.#gathered };
  }

  /**
   * Appends bytes. They are copied once the call, or the promise it returns, is done.
   *
   * @returns A promise to wait for before the next call, when the disk is behind.
   */
  write(chunk: Buffer): Promise<void> | undefined {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    const copied = this.#gather(chunk, 0);
    return copied === chunk.length ? undefined : this.#gatherRest(chunk, copied);
  }

  /** Makes what was written since `begin` part of the file. */
  async commit(): Promise<void> {
    // A file that is already on the disk keeps nothing in memory between two chunks.
    if (this.#isOnDisk) {
      await this.#flush();
      await this.#writing;
      this.#giveBatchBack();
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
    this.#gathered = isFlushed ? 0 : checkpoint.gathered;
    this.#flushedBytes = Math.min(this.#flushedBytes, this.#committedBytes);
    this.#bytes = this.#committedBytes;
    if (this.#gathered === 0) this.#giveBatchBack();
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
      await this.#close();
      // A chunk that was cut may have left bytes beyond the end.
      await truncate(this.path, bytes);
    } else {
      this.#isOnDisk = true;
      await writeFile(this.path, this.#gatheredBytes());
    }
    this.#giveBatchBack();
    return { sha256, bytes, isNew: true };
  }

  /** The bytes that are part of the file whatever happens next. Holds them all in memory. */
  async readCommitted(): Promise<Buffer> {
    const bytes = this.#isOnDisk ? await readFile(this.path) : Buffer.from(this.#gatheredBytes());
    return bytes.subarray(0, this.#committedBytes);
  }

  /** Throws the bytes away. May be called at any time and more than once. */
  async discard(): Promise<void> {
    await this.#writing?.catch(ignore);
    this.#giveBatchBack();
    await this.#close();
    if (!this.#isOnDisk) return;
    this.#isOnDisk = false;
    await rm(this.path, { force: true });
  }

  /** Copies what fits into the batch; answers up to where. */
  #gather(chunk: Buffer, from: number): number {
    this.#batch ??= this.#pool.take();
    const copied = chunk.copy(this.#batch, this.#gathered, from);
    this.#gathered += copied;
    return from + copied;
  }

  async #gatherRest(chunk: Buffer, from: number): Promise<void> {
    for (let copied = from; copied < chunk.length; ) {
      await this.#flush();
      copied = this.#gather(chunk, copied);
    }
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const { batch, length } = { batch: this.#batch, length: this.#gathered };
    if (batch === undefined || length === 0) return;
    this.#batch = undefined;
    this.#gathered = 0;
    this.#writing = this.#writeBatch(batch, length).finally(() => this.#pool.giveBack(batch));
    // The next write reports the failure; without a listener it would end the process before.
    this.#writing.catch(ignore);
  }

  async #writeBatch(batch: Buffer, length: number): Promise<void> {
    this.#isOnDisk = true;
    this.#handle ??= await open(this.path, 'w');
    for (let written = 0; written < length; ) {
      const rest = length - written;
      const { bytesWritten } = await this.#handle.write(batch, written, rest, this.#flushedBytes);
      written += bytesWritten;
      this.#flushedBytes += bytesWritten;
    }
  }

  #gatheredBytes(): Buffer {
    return this.#batch?.subarray(0, this.#gathered) ?? Buffer.alloc(0);
  }

  #giveBatchBack(): void {
    if (this.#batch !== undefined) this.#pool.giveBack(this.#batch);
    this.#batch = undefined;
    this.#gathered = 0;
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

function ignore(): void {
  // The failure was, or will be, reported by whoever waits for the same promise.
}
