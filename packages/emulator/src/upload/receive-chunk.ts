import type { Readable } from 'node:stream';
import { freeBytes } from '../storage/free-bytes.ts';
import type { IncomingFile } from '../storage/incoming-file.ts';

/**
 * Takes the bytes of one chunk to the end of a file, or none of them.
 *
 * @param body - Ends early when the connection is cut, with an error or without.
 * @param length - Bytes that belong to the chunk.
 * @returns Whether the whole chunk came.
 */
export async function receiveChunk(
  body: Readable,
  file: IncomingFile,
  length: number,
): Promise<boolean> {
  const start = file.bytes;
  file.begin();
  try {
    for await (const bytes of body as AsyncIterable<Buffer>) {
      const behind = file.write(bytes);
      if (behind !== undefined) await behind;
      freeBytes(bytes);
    }
    if (file.bytes - start !== length) throw new CutShortError();
    await file.commit();
    return true;
  } catch (error) {
    await file.rollback();
    if (body.errored !== null || error instanceof CutShortError) return false;
    throw error;
  }
}

/** The connection ended before the chunk did. */
class CutShortError extends Error {}
