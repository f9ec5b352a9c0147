import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { TikTokUploadError, TikTokValidationError } from '../errors.ts';
import { type ByteRange, requireVideoSize } from '../upload/chunk-plan.ts';
import type { RangeReader, VideoSource } from '../upload/video-source.ts';

const PIECE_SIZE = 262_144;

/**
 * Takes a video from a file. It is opened anew for each chunk, so that nothing stays open between
 * them, and before the last byte of each chunk is given it is compared with what it was at the
 * start (size, time of change, inode): TikTok never gets a complete video of a file that shrank,
 * grew, was rewritten or replaced meanwhile.
 *
 * @param file - Path or URL of the file, or an open handle, which stays the caller's to close.
 * @throws {TikTokValidationError} `source_missing`, `source_unreadable`, `source_not_a_file`,
 * `video_empty` or `video_too_large`.
 * @example
 * ```ts
 * import { fileSource, uploadVideo } from '@greenroom/sdk/node';
 * import { planUploads } from '@greenroom/sdk';
 *
 * export async function send(path: string, uploadUrl: string): Promise<void> {
 *   const source = await fileSource(path);
 *   const [plan] = planUploads(source.size);
 *   await uploadVideo({ uploadUrl, source, plan });
 * }
 * ```
 */
export async function fileSource(file: string | URL | FileHandle): Promise<VideoSource> {
  const first = await openFile(file);
  let stats: BigIntStats;
  try {
    stats = await first.handle.stat({ bigint: true });
  } catch (error) {
    throw toOpenError(error);
  } finally {
    await first.close();
  }
  if (!stats.isFile()) throw fileError('source_not_a_file');
  const size = Number(stats.size);
  requireVideoSize(size);
  const openReader = (range: ByteRange, signal: AbortSignal) =>
    openFileReader(file, range, signal, stats);
  return {
    size,
    fingerprint: `${size}:${stats.mtimeNs}`,
    openReader,
    open: async (range, signal) => readPieces(await openReader(range, signal), range),
  };
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly close: () => Promise<void>;
}

async function openFile(file: string | URL | FileHandle): Promise<OpenFile> {
  if (typeof file !== 'string' && !(file instanceof URL)) {
    return { handle: file, close: async () => undefined };
  }
  if (/^(?!file:)[a-z]+:\/\//i.test(String(file)))
    throw fileError('source_not_a_file', undefined, NO_FILE);
  try {
    // Without O_NONBLOCK a named pipe would wait for its writer for ever.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return { handle, close: () => handle.close() };
  } catch (error) {
    throw toOpenError(error);
  }
}

async function openFileReader(
  file: string | URL | FileHandle,
  range: ByteRange,
  signal: AbortSignal,
  before: BigIntStats,
): Promise<RangeReader> {
  const { handle, close } = await openFile(file);
  let position = range.first;
  let reading: Promise<number> = Promise.resolve(0);
  let isOpen = true;
  const read = async (into: Uint8Array): Promise<number> => {
    const length = Math.min(into.length, range.last + 1 - position);
    if (length === 0) return 0;
    const { bytesRead } = await handle.read(into, 0, length, position);
    position += bytesRead;
    if (bytesRead === 0) throw changed();
    // The last byte is held back until it is sure that the file is what it was.
    if (position > range.last) await requireUnchanged(handle, before);
    return bytesRead;
  };
  const closeOnce = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    signal.removeEventListener('abort', onAbort);
    // A read that nobody waits for any more must not find the file closed.
    await reading.catch(() => undefined);
    await close();
  };
  // Not every transport lets go of a body that it could not send.
  const onAbort = () => void closeOnce().catch(() => undefined);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) await closeOnce();
  return {
    read(into) {
      reading = read(into);
      return reading;
    },
    close: closeOnce,
  };
}

async function* readPieces(
  reader: RangeReader,
  range: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      // A new buffer each time: whoever takes a piece may keep it.
      const piece = new Uint8Array(Math.min(PIECE_SIZE, range.last - range.first + 1));
      const count = await reader.read(piece);
      if (count === 0) return;
      yield piece.subarray(0, count);
    }
  } finally {
    await reader.close();
  }
}

async function requireUnchanged(handle: FileHandle, before: BigIntStats): Promise<void> {
  const now = await handle.stat({ bigint: true });
  const isSame =
    now.size === before.size &&
    now.mtimeNs === before.mtimeNs &&
    now.ino === before.ino &&
    now.dev === before.dev;
  if (!isSame) throw changed();
}

function changed(): TikTokUploadError {
  return new TikTokUploadError({ code: 'source_changed' });
}

function toOpenError(cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return fileError('source_missing', cause);
  if (code === 'EISDIR' || code === 'ENXIO') return fileError('source_not_a_file', cause);
  return fileError('source_unreadable', cause, code === 'EBADF' ? CLOSED : undefined);
}

const CLOSED = 'The file handle is closed. Keep it open until the upload is over.';
const NO_FILE = 'This address is not that of a file. Make a source of it with urlSource.';

// Not in the catalogue of the root entry, where there are no files.
const FILE_CODES = {
  source_missing: 'There is no file at this path. Choose another one.',
  source_not_a_file: 'This is a folder or a device. Choose a video file.',
  source_unreadable: 'The file may not be read. Check its permissions, or choose another one.',
} as const;

function fileError(
  code: keyof typeof FILE_CODES,
  cause?: unknown,
  explanation: string = FILE_CODES[code],
): TikTokValidationError {
  const facts = { whoseMove: 'person', isRepeatSafe: true, isRetryable: false } as const;
  return new TikTokValidationError({ code, explanation, cause, ...facts });
}
