import { open } from 'node:fs/promises';
import type { MediaSource } from './probe.ts';

/** Most bytes read at once. No honest header is larger, and a lying one must not fill the memory. */
const MAXIMUM_READ_BYTES = 64 * 1024 * 1024;

/** Random access to bytes that are not in memory as a whole. */
export interface ByteReader {
  /** Number of bytes there are. */
  readonly size: number;
  /**
   * Reads from `start` up to, not including, `end`; less at the end of the bytes.
   *
   * @throws {RangeError} If more than 64 MiB are asked for.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a source for reading. Close it afterwards. */
export async function openReader(source: MediaSource): Promise<ByteReader> {
  return 'bytes' in source ? memoryReader(source.bytes) : fileReader(source.path);
}

function memoryReader(bytes: Uint8Array): ByteReader {
  return {
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
    close: () => Promise.resolve(),
  };
}

async function fileReader(path: string): Promise<ByteReader> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(start, end) {
      const length = Math.max(0, Math.min(end, size) - start);
      if (length > MAXIMUM_READ_BYTES) {
        throw new RangeError(`A header asks for ${length} bytes at once.`);
      }
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, start);
      return bytesRead === length ? bytes : bytes.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}
