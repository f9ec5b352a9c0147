import { TikTokError, TikTokUploadError } from '../errors.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { ByteStream, VideoSource } from './video-source.ts';

/**
 * The bytes of one chunk on their way from the source to the transport, counted: never more and
 * never fewer than declared. It is used once; a repeated chunk gets a new one.
 */
export class ChunkBody {
  /** Where the bytes come from, for senders that use more of a source than its streams. */
  readonly source: VideoSource;
  /** Which bytes. */
  readonly range: ByteRange;
  /** Aborted once nothing of the source is needed any more. */
  readonly signal: AbortSignal;
  /** How many bytes have to come. */
  readonly length: number;
  /** How many the transport has got; only with all of them can TikTok have the chunk. */
  taken = 0;
  /** Why the source could not give its bytes, if that is so. */
  failure: TikTokError | undefined;

  constructor(source: VideoSource, range: ByteRange, signal: AbortSignal) {
    this.source = source;
    this.range = range;
    this.signal = signal;
    this.length = range.last - range.first + 1;
  }

  /** The bytes in pieces that the taker may keep. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let total = 0;
    let held = new Uint8Array() as Uint8Array; // of any kind of buffer
    try {
      for await (const piece of iterate(await this.source.open(this.range, this.signal))) {
        if (piece.length === 0) continue;
        total += piece.length;
        if (total > this.length) throw new TikTokUploadError({ code: 'source_too_long' });
        // One piece is held back until the next or the end has come, so that a body that turns out
        // too long or too short never leaves whole: TikTok must not take it for complete.
        if (held.length > 0) yield this.#take(held);
        held = piece;
      }
      if (total < this.length) throw new TikTokUploadError({ code: 'source_too_short' });
    } catch (error) {
      throw this.fail(error);
    }
    yield this.#take(held);
  }

  /** Notes that the source failed; gives back the error to throw. */
  fail(cause: unknown): TikTokError {
    this.failure =
      cause instanceof TikTokError
        ? cause
        : new TikTokUploadError({ code: 'source_failed', cause });
    return this.failure;
  }

  #take(piece: Uint8Array): Uint8Array {
    this.taken += piece.length;
    return piece;
  }
}

/** Reads a few bytes of a source at once; for headers, not for chunks. */
export async function readBytes(
  source: VideoSource,
  range: ByteRange,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new ChunkBody(source, range, signal);
  const bytes = new Uint8Array(body.length);
  for await (const piece of body.pieces()) bytes.set(piece, body.taken - piece.length);
  return bytes;
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
