import { createHash, type Hash } from 'node:crypto';

/** Uploads whose digest is kept; of an older one it is made from the file when it is whole. */
const MOST_KEPT = 1000;

/** SHA-256 of an upload's bytes up to some byte. */
export interface RunningHash {
  readonly hash: Hash;
  /** Bytes that it has seen. */
  seen: number;
}

/**
 * SHA-256 of uploads as they come in, kept between the requests of an upload.
 *
 * It is of use only where an upload goes on at the very byte where this process stopped: bytes below that are
 * never written again. Otherwise, such as after a crash, the file is read once more when it is whole.
 */
export class RunningHashes {
  readonly #running = new Map<string, RunningHash>();

  /** The digest of an upload's first `seen` bytes, to be carried on; undefined: this process has not seen them all. */
  find(mediaId: string, seen: number): RunningHash | undefined {
    const known = this.#running.get(mediaId);
    if (known?.seen === seen) return known;
    this.#running.delete(mediaId);
    if (seen > 0) return undefined;
    const begun = { hash: createHash('sha256'), seen: 0 };
    this.#running.set(mediaId, begun);
    for (const oldest of this.#running.keys()) {
      if (this.#running.size <= MOST_KEPT) break;
      this.#running.delete(oldest);
    }
    return begun;
  }

  /** Takes in further bytes. */
  update(running: RunningHash, bytes: Uint8Array): void {
    running.hash.update(bytes);
    running.seen += bytes.length;
  }

  /** The digest, if it is of so many bytes. It is forgotten then. */
  finish(mediaId: string, size: number): Buffer | undefined {
    const known = this.#running.get(mediaId);
    this.#running.delete(mediaId);
    return known?.seen === size ? known.hash.digest() : undefined;
  }
}
