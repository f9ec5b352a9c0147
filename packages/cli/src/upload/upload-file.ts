import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Upload } from 'tus-js-client';
import { CommandError } from '../errors.ts';
import { KeptUploads } from './kept-uploads.ts';
import { toUploadError } from './upload-error.ts';

/** What is uploaded, and where to. */
export interface UploadFileOptions {
  /** Base URL of the server. */
  readonly url: string;
  /** API key with `media:write`. */
  readonly apiKey: string;
  /** Path of the video or photo. */
  readonly path: string;
  /** Folder that remembers unfinished uploads: the same file goes on where an earlier run stopped. Without it nothing is remembered. */
  readonly keepIn?: string | undefined;
  /** What the file is known to be, in hex: anything else is refused by the server. */
  readonly sha256?: string | undefined;
  /** Hears how many bytes are sent; after a cut it goes back to what has arrived. */
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
  /** Ends the upload; what has arrived stays, and another run goes on there. */
  readonly signal?: AbortSignal | undefined;
  /** Delays before an upload that was cut goes on; they begin anew whenever bytes have arrived. */
  readonly retryDelaysMs?: readonly number[] | undefined;
}

/**
 * Uploads a video or photo by tus. A connection that is cut, or a server that dies, is outlasted: the upload goes on
 * at the byte where it stood.
 *
 * The server looks into the file before the upload ends: read its media to see whether it is `ready` or `refused`.
 *
 * @returns Id of the media.
 * @throws {CommandError} If there is no such file, or it changes meanwhile.
 * @throws {GreenroomError} As the server says, or `no-answer`.
 * @throws The signal's reason when it was aborted.
 */
export async function uploadFile(options: UploadFileOptions): Promise<string> {
  const { keepIn, onProgress, path, signal } = options;
  const size = await sizeOf(path);
  signal?.throwIfAborted();
  const done = Promise.withResolvers<void>();
  const kept = keepIn === undefined ? undefined : new KeptUploads(keepIn);
  const upload = new Upload(createReadStream(path), {
    ...toTusOptions(options, size, kept),
    onProgress: (sent, total) => onProgress?.(sent, total ?? size),
    onSuccess: () => done.resolve(),
    onError: (error) => done.reject(toUploadError(error)),
  });
  const abort = () => {
    // What has arrived stays at the server.
    void upload.abort(false);
    done.reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const [previous] = await upload.findPreviousUploads();
    if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
    upload.start();
    await done.promise;
    await kept?.settled();
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return (upload.url ?? '').split('/').at(-1) ?? '';
}

function toTusOptions(options: UploadFileOptions, size: number, kept: KeptUploads | undefined) {
  const { apiKey, path, retryDelaysMs = RETRY_DELAYS_MS, sha256, url } = options;
  return {
    endpoint: `${url}/api/v1/uploads`,
    uploadSize: size,
    metadata: { filename: basename(path), ...(sha256 === undefined ? {} : { sha256 }) },
    headers: { authorization: `Bearer ${apiKey}` },
    retryDelays: [...retryDelaysMs],
    removeFingerprintOnSuccess: true,
    ...(kept === undefined ? { storeFingerprintForResuming: false } : { urlStorage: kept }),
  };
}

/** Half a minute in all: a server that starts anew takes less. */
const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 16_000];

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new CommandError(`There is no file ${path}.`, { cause: error });
  });
  if (!stats.isFile()) throw new CommandError(`${path} is no file.`);
  if (stats.size === 0) throw new CommandError(`${path} is empty.`);
  return stats.size;
}
