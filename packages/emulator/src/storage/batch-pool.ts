import { freeBytes } from './free-bytes.ts';

/** Size of the pieces in which files go to the disk. */
const BATCH_BYTES = 1024 * 1024;

/** Free batches that are kept for the next file. */
const KEPT_BATCHES = 16;

/** Buffers that files gather their bytes in, used again and again. */
export class BatchPool {
  readonly #free: Buffer[] = [];

  /** A buffer of 1 MiB, with whatever was in it. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
  }

  /** Takes a buffer back that nobody reads or writes any more. */
  giveBack(batch: Buffer): void {
    if (this.#free.length < KEPT_BATCHES) this.#free.push(batch);
    else freeBytes(batch);
  }
}
