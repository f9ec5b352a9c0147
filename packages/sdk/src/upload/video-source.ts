import type { ByteRange } from './chunk-plan.ts';

/** Bytes as they come: an async iterable (a Node stream is one too) or a web stream. */
export type ByteStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Reads one range of a source into buffers of its user, for transports that reuse theirs. */
export interface RangeReader {
  /**
   * Fills the front of the buffer with the next bytes of the range.
   *
   * @returns How many bytes came; 0 at the end of the range.
   */
  read(into: Uint8Array): Promise<number>;
  /** Gives back what is open; may be called twice. */
  close(): Promise<void>;
}

/**
 * Where the bytes of a video come from. Made by {@link blobSource}, {@link rangeSource},
 * {@link urlSource} and, in `@greenroom/sdk/node`, `fileSource`.
 */
export interface VideoSource {
  /** Size of the whole video, in bytes. */
  readonly size: number;
  /**
   * Tells one content from another, such as its size with the time of its last change. An upload
   * is only resumed with a source whose fingerprint is that of the checkpoint. Holds no secret.
   */
  readonly fingerprint?: string | undefined;
  /**
   * Opens a range of bytes, both ends inclusive. It may be opened several times, one after the
   * other, and has to give exactly the bytes of the range, in pieces that are not reused. Once the
   * signal is aborted nothing of it is needed any more.
   */
  open(range: ByteRange, signal: AbortSignal): ByteStream | Promise<ByteStream>;
  /** The same for transports that bring their own buffers; {@link open} serves where it is missing. */
  openReader?(range: ByteRange, signal: AbortSignal): Promise<RangeReader>;
  /** The range as a Blob, if that costs no memory: runtimes send one with its exact length. */
  slice?(range: ByteRange): Blob;
}

/** What {@link rangeSource} is made of. */
export interface RangeSourceOptions {
  /** Size of the whole video, in bytes. */
  readonly size: number;
  /**
   * Opens the bytes from `first` to `last`, both inclusive, as the `Range` header of HTTP and of
   * object storage counts them. It is called once per chunk, and again when a chunk is repeated.
   */
  readonly open: (
    first: number,
    last: number,
    signal: AbortSignal,
  ) => ByteStream | Promise<ByteStream>;
  /** See {@link VideoSource.fingerprint}; for object storage its ETag does well. */
  readonly fingerprint?: string | undefined;
}

/**
 * Takes a video from a function that opens a range of its bytes, as object storage has one.
 *
 * @example
 * ```ts
 * import { rangeSource } from '@greenroom/sdk';
 *
 * const video = new Uint8Array(4_194_304);
 * const source = rangeSource({
 *   size: video.byteLength,
 *   open: (first, last) => new Blob([video.subarray(first, last + 1)]).stream(),
 * });
 * ```
 */
export function rangeSource(options: RangeSourceOptions): VideoSource {
  const { size, open, fingerprint } = options;
  return { size, fingerprint, open: ({ first, last }, signal) => open(first, last, signal) };
}

/**
 * Takes a video from a Blob, or from a File that a person chose in a browser.
 *
 * @example
 * ```ts
 * import { blobSource } from '@greenroom/sdk';
 *
 * const source = blobSource(new Blob([new Uint8Array(1024)]));
 * ```
 */
export function blobSource(blob: Blob): VideoSource {
  const changed = 'lastModified' in blob ? String(blob.lastModified) : undefined;
  const slice = ({ first, last }: ByteRange) => blob.slice(first, last + 1);
  return {
    size: blob.size,
    fingerprint: changed === undefined ? undefined : `${blob.size}:${changed}`,
    open: (range) => slice(range).stream(),
    slice,
  };
}
