import { type FileHandle, open } from 'node:fs/promises';
import { RefusedFileError } from './probe.ts';

/** No honest header is larger, and a lying one must not fill the memory. */
const LARGEST_READ_BYTES = 64 * 1024 * 1024;

/** Random access to a file that is not in memory as a whole. */
export class ByteReader implements AsyncDisposable {
  readonly #file: FileHandle;
  /** Bytes of the file. */
  readonly size: number;
  #diskError: Error | undefined;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Opens a file. */
  static async open(path: string): Promise<ByteReader> {
    const file = await open(path, 'r');
    try {
      return new ByteReader(file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What the disk failed with, if it did: whatever a parser made of that, it says nothing of the file. */
  get diskError(): Error | undefined {
    return this.#diskError;
  }

  /**
   * Reads from `start` up to, not including, `end`; less at the end of the file.
   *
   * @throws {RefusedFileError} `probe_limit` if a header asks for more than any honest one.
   */
  async read(start: number, end: number): Promise<Uint8Array> {
    const length = Math.max(0, Math.min(end, this.size) - start);
    if (length > LARGEST_READ_BYTES) throw new RefusedFileError('probe_limit');
    const bytes = new Uint8Array(length);
    try {
      const { bytesRead } = await this.#file.read(bytes, 0, length, start);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      // Not where a lying header leads: a place that is none never comes to the disk.
      if (error instanceof Error && 'syscall' in error) this.#diskError = error;
      throw error;
    }
  }

  /** As {@link read}, for looking at numbers. */
  async view(start: number, length: number): Promise<DataView> {
    const bytes = await this.read(start, start + length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
