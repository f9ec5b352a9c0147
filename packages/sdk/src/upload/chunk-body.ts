import { TikTokError, TikTokUploadError } from '../errors.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { ByteStream, RangeReader, VideoSource } from './video-source.ts';

/**
 * The bytes of one chunk on their way from the source to the transport, counted: never more and
 * never fewer than declared. It is used once; a repeated chunk gets a new one.
 */
export class ChunkBody {
  /** Bytes that have to come. */
  readonly length: number;
  readonly #source: VideoSource;
  readonly #range: ByteRange;
  readonly #signal: AbortSignal;
  #taken = 0;
  #failure: TikTokError | undefined;

  constructor(source: VideoSource, range: ByteRange, signal: AbortSignal) {
    this.length = range.last - range.first + 1;
    this.#source = source;
    this.#range = range;
    this.#signal = signal;
  }

  /** Whether the transport has got the last byte: only then may TikTok have the whole chunk. */
  get isTaken(): boolean {
    return this.#taken >= this.length;
  }

  /** Why the source could not give its bytes, if that is so. */
  get failure(): TikTokError | undefined {
    return this.#failure;
  }

  /** The bytes in pieces that the taker may keep. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let held: Uint8Array | undefined;
    for await (const piece of this.#exactPieces()) {
      // One piece is held back, so that a body that turns out too long or too short is known
      // before its last declared byte is sent: TikTok must not take it for complete.
      if (held !== undefined) yield this.#take(held);
      held = piece;
    }
    if (held !== undefined) yield this.#take(held);
  }

  /** The bytes for a taker that brings its own buffers. */
  async openReader(): Promise<RangeReader> {
    if (this.#source.openReader === undefined) return toReader(this.pieces());
    try {
      const reader = await this.#source.openReader(this.#range, this.#signal);
      return { read: (into) => this.#read(reader, into), close: () => reader.close() };
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The bytes as a Blob, where the source has one for nothing. */
  toBlob(): Blob | undefined {
    const blob = this.#source.slice?.(this.#range);
    if (blob !== undefined) this.#taken = this.length;
    return blob;
  }

  async *#exactPieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let total = 0;
    try {
      for await (const piece of iterate(await this.#source.open(this.#range, this.#signal))) {
        total += piece.byteLength;
        if (total > this.length) throw lengthError('source_too_long', this.#range, total);
        if (piece.byteLength > 0) yield piece;
      }
      if (total < this.length) throw lengthError('source_too_short', this.#range, total);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async #read(reader: RangeReader, into: Uint8Array): Promise<number> {
    try {
      const left = this.length - this.#taken;
      if (left === 0) return 0;
      const count = await reader.read(into.subarray(0, Math.min(left, into.byteLength)));
      if (count === 0) throw lengthError('source_too_short', this.#range, this.#taken);
      this.#taken += count;
      return count;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #take(piece: Uint8Array): Uint8Array {
    this.#taken += piece.byteLength;
    return piece;
  }

  #fail(error: unknown): TikTokError {
    const message = 'The source failed while it was read.';
    this.#failure ??=
      error instanceof TikTokError
        ? error
        : new TikTokUploadError({ code: 'source_failed', message, cause: error });
    return this.#failure;
  }
}

/** Reads a few bytes of a source at once; for headers, not for chunks. */
export async function readBytes(
  source: VideoSource,
  range: ByteRange,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.last - range.first + 1);
  let filled = 0;
  for await (const piece of new ChunkBody(source, range, signal).pieces()) {
    bytes.set(piece, filled);
    filled += piece.byteLength;
  }
  return bytes;
}

/** Fills the taker's buffers from pieces of any size. */
function toReader(pieces: AsyncGenerator<Uint8Array, void, undefined>): RangeReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(into) {
      let filled = 0;
      while (filled < into.byteLength) {
        if (rest.byteLength === 0) {
          const { value } = await pieces.next();
          if (value === undefined) break;
          rest = value;
        }
        const part = rest.subarray(0, into.byteLength - filled);
        into.set(part, filled);
        filled += part.byteLength;
        rest = rest.subarray(part.byteLength);
      }
      return filled;
    },
    async close() {
      // Not waited for: a source that hangs would never let its generator return.
      pieces.return().catch(() => undefined);
    },
  };
}

/** Goes through either kind of stream; not every runtime can iterate over a web stream. */
async function* iterate(stream: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  if (!('getReader' in stream)) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Harmless after the end; before it, it lets the source close what it holds.
    reader.cancel().catch(() => undefined);
  }
}

function lengthError(code: string, range: ByteRange, got: number): TikTokUploadError {
  const expected = range.last - range.first + 1;
  const message = `The source gave ${got} bytes or more for bytes ${range.first}-${range.last}, which are ${expected}.`;
  return new TikTokUploadError({
    code,
    message: code === 'source_too_short' ? message.replace(' or more', '') : message,
  });
}
