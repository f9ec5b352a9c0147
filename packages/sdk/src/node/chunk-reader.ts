import { TikTokUploadError } from '../errors.ts';
import type { ChunkBody } from '../upload/chunk-body.ts';
import type { RangeReader } from '../upload/video-source.ts';

/**
 * Reads a chunk into buffers of the taker, without a detour where the source can do that. What it
 * gives does not count as taken yet: it may be read while there is no connection.
 */
export async function openChunkReader(body: ChunkBody): Promise<RangeReader> {
  const { source, range, signal } = body;
  if (source.openReader === undefined) return readPieces(body);
  try {
    return readExactly(body, await source.openReader(range, signal));
  } catch (error) {
    throw body.fail(error);
  }
}

function readExactly(body: ChunkBody, reader: RangeReader): RangeReader {
  let left = body.length;
  return {
    async read(into) {
      try {
        const count = await reader.read(into.subarray(0, Math.min(left, into.length)));
        if (count === 0) throw new TikTokUploadError({ code: 'source_too_short' });
        // Looked at before the last bytes are given: TikTok must not take them for complete.
        if (count === left && (await reader.read(new Uint8Array(1))) > 0) {
          throw new TikTokUploadError({ code: 'source_too_long' });
        }
        left -= count;
        return count;
      } catch (error) {
        throw body.fail(error);
      }
    },
    close: () => reader.close(),
  };
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
        // Counted again by the sender, when it is sent.
        body.taken -= value.length;
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
