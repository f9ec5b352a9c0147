import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { inWorkspace } from '../../db/database.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { Services } from '../../http/services.ts';
import type { Principal } from '../../workspaces/principal.ts';
import { deleteMedia } from '../delete-media.ts';
import { receiveBytes } from './receive-bytes.ts';
import type { UploadLock } from './upload-locks.ts';
import { getUpload, type UploadRow } from './upload-queries.ts';

/** What one request brings to its upload. */
export interface TusRequest {
  readonly principal: Principal;
  /** The hold that the request has; it is taken before a byte is written. */
  readonly lock: () => UploadLock;
  /** Its body. */
  readonly bytes: Readable;
  /** Ends the body early. */
  readonly stop: () => void;
}

/**
 * What tus asks of a store, for one request: how far an upload is says its row, and its bytes go to our own store.
 *
 * The row is made before tus comes here, and a file with the first byte.
 */
export class TusStore extends DataStore {
  readonly #services: Services;
  readonly #request: TusRequest;

  constructor(services: Services, request: TusRequest) {
    super();
    this.#services = services;
    this.#request = request;
    this.extensions = ['creation', 'creation-with-upload', 'termination'];
  }

  override async getUpload(id: string): Promise<Upload> {
    const row = await this.#read(id);
    return new Upload({
      id,
      size: row.size,
      offset: row.received,
      metadata: toMetadata(row),
      creation_date: row.createdAt.toISOString(),
    });
  }

  /**
   * Writes the request's own body. What the library hands over is empty: it would lead the bytes through four streams,
   * which costs more than all that is done with them here.
   */
  override async write(empty: Readable, id: string, offset: number): Promise<number> {
    empty.resume();
    const upload = await this.#read(id);
    if (upload.state !== 'uploading' || upload.received !== offset) {
      throw new ProblemError('upload-offset', `The upload is at byte ${upload.received}.`);
    }
    const { bytes, lock, stop } = this.#request;
    return receiveBytes(this.#services, {
      upload,
      bytes: withinSize(bytes, upload),
      lock: lock(),
      stop,
    });
  }

  override async remove(id: string): Promise<void> {
    const { principal } = this.#request;
    await deleteMedia(this.#services, principal, id);
  }

  async #read(id: string): Promise<UploadRow> {
    const { database } = this.#services;
    return inWorkspace(database, this.#request.principal.workspaceId, (tx) => getUpload(tx, id));
  }
}

/** The bytes, as long as they belong to the upload. */
async function* withinSize(bytes: Readable, { received, size }: UploadRow) {
  let left = size - received;
  try {
    for await (const piece of bytes) {
      left -= piece.length;
      if (left < 0)
        throw new ProblemError('invalid-request', 'There are more bytes than Upload-Length said.');
      yield piece;
    }
  } catch (error) {
    // Who leaves the loop early breaks the stream, too.
    if (error instanceof ProblemError || bytes.errored === null) throw error;
    throw new ProblemError('malformed-body', 'The body ended before it was whole.', {
      cause: error,
    });
  }
}

function toMetadata({ expectedSha256, fileName }: UploadRow): Record<string, string> {
  const filename = { filename: fileName };
  return expectedSha256 === null
    ? filename
    : { ...filename, sha256: expectedSha256.toString('hex') };
}
