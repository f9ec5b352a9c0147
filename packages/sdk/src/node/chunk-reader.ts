import { TikTokUploadError } from '../errors.ts';
import type { ChunkBody } from '../upload/chunk-body.ts';
import type { RangeReader } from '../upload/video-source.ts';

/** Reads a chunk into buffers of the taker, without a detour where the source can do that. */
export async function openChunkReader(body: ChunkBody): Promise<RangeReader> {
  const { source, range, signal } = body;
  if (source.openReader === undefined) return readPieces(body);
  try {
    const reader = await source.openReader(range, signal);
    return { read: (into) => readCounted(body, reader, into), close: () => reader.close() };
  } catch (error) {
    throw body.fail(error);
  }
}

async function readCounted(
  body: ChunkBody,
  reader: RangeReader,
  into: Uint8Array,
): Promise<number> {
  const left = body.length - body.taken;
  if (left === 0) return 0;
  try {
    const count = await reader.read(into.subarray(0, Math.min(left, into.length)));
    if (count === 0) throw new TikTokUploadError({ code: 'source_too_short' });
    body.taken += count;
    return count;
  } catch (error) {
    throw body.fail(error);
  }
}

/** One piece, or as much of it as fits, at a time: a slow source is not waited for. */
function readPieces(body: ChunkBody): RangeReader {
  const pieces = body.pieces();
  let rest: Uint8Array = new Uint8Array();
  return {
    async read(into) {
      if (rest.length === 0) {
        const { value } = await pieces.next();
        if (value === undefined) return 0;
        rest = value;
      }
      const part = rest.subarray(0, into.length);
      into.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
    async close() {
      // Not waited for: a source that hangs would never let its generator return.
      pieces.return().catch(() => undefined);
    },
  };
}
