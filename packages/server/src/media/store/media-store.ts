import type { Readable } from 'node:stream';
import type { ByteRange, VideoSource } from '@greenroom/sdk';

/** Writes the bytes of one file, in order from where it was opened. One at a time for a file. */
export interface MediaWriter {
  /** @throws {StorageFullError} If there is no room for them. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes what was written outlive a power cut.
   *
   * @returns How many bytes of the file are safe, counted from its begin: an upload goes on from there.
   */
  sync(): Promise<number>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** A file that the store has. */
export interface StoredFile {
  readonly id: string;
  /** When it was last written, by the store's own clock. */
  readonly changedAt: Date;
}

/**
 * Where the bytes of media are, by the id of their row. Rows say what a file is and how far it has come; a store
 * keeps bytes and knows nothing else.
 */
export interface MediaStore {
  /**
   * Opens a file for writing from a byte on, and forgets what is behind it; from 0 it is made.
   *
   * @throws {MediaGoneError} If the bytes before are not there.
   */
  openWriter(id: string, from: number): Promise<MediaWriter>;
  /**
   * Reads a range, both ends inclusive, in pieces.
   *
   * @throws {MediaGoneError} If the file is not there.
   */
  read(id: string, range: ByteRange): Promise<Readable>;
  /**
   * The file as the SDK sends it.
   *
   * @throws {MediaGoneError} If the file is not there.
   */
  openSource(id: string): Promise<VideoSource>;
  /** Where a thread of its own finds the bytes. */
  locate(id: string): string;
  /** Deletes a file; one that is not there is as good as deleted. */
  remove(id: string): Promise<void>;
  /**
   * Whether the store is this installation's; one that is nobody's becomes it. Asked before files are deleted that no
   * row tells of: they may be another installation's.
   */
  claim(installationId: string): Promise<boolean>;
  /** Every file, in portions. */
  list(): AsyncIterable<readonly StoredFile[]>;
  /** Bytes that may still be stored; undefined: nobody knows. */
  freeBytes(): Promise<number | undefined>;
}

/** The bytes of a file are not in the store, whatever its row says. */
export class MediaGoneError extends Error {
  override readonly name = 'MediaGoneError';
  /** Id of the file. */
  readonly mediaId: string;

  constructor(mediaId: string, options?: ErrorOptions) {
    super(`The file of media ${mediaId} is not in the store`, options);
    this.mediaId = mediaId;
  }
}

/** The store has no room for more bytes. What was written stays. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';

  constructor(options?: ErrorOptions) {
    super('The storage for media is full', options);
  }
}
