import { rm } from 'node:fs/promises';
import { BatchPool } from './batch-pool.ts';
import { IncomingFile, type ReceivedFile } from './incoming-file.ts';

interface Kept {
  readonly path: string;
  holders: number;
}

/**
 * The files that TikTok received. Equal bytes are kept once, and removed when the last post that
 * holds them lets go.
 */
export class MediaStore {
  readonly #kept = new Map<string, Kept>();
  readonly #newPath: () => string;
  readonly #pool = new BatchPool();

  /** @param newPath - Names a file that does not exist yet, in a folder that does. */
  constructor(newPath: () => string) {
    this.#newPath = newPath;
  }

  /** Starts a file that bytes can be written to; end it with `keep` or with its `discard`. */
  open(): IncomingFile {
    return new IncomingFile(this.#newPath(), this.#pool);
  }

  /** Takes a file whose bytes are all there. Each call wants one `release`. */
  async keep(file: IncomingFile): Promise<ReceivedFile> {
    const received = await file.finish((sha256) => this.#hold(sha256));
    if (received.isNew && !this.#hold(received.sha256)) {
      this.#kept.set(received.sha256, { path: file.path, holders: 1 });
    } else if (received.isNew) {
      // Equal bytes ended at the same moment; theirs were kept first.
      await file.discard();
    }
    return received;
  }

  /** Lets go of bytes that were kept; the last one removes them. */
  async release(sha256: string): Promise<void> {
    const kept = this.#kept.get(sha256);
    if (kept === undefined) return;
    kept.holders -= 1;
    if (kept.holders > 0) return;
    this.#kept.delete(sha256);
    await rm(kept.path, { force: true });
  }

  /** Finds where the bytes with this SHA-256 are, as long as somebody holds them. */
  findPath(sha256: string): string | undefined {
    return this.#kept.get(sha256)?.path;
  }

  /** SHA-256 of everything that is kept. */
  list(): string[] {
    return [...this.#kept.keys()];
  }

  /** Removes everything that is kept. */
  async clear(): Promise<void> {
    const paths = [...this.#kept.values()].map(({ path }) => path);
    this.#kept.clear();
    for (const path of paths) await rm(path, { force: true });
  }

  #hold(sha256: string): boolean {
    const kept = this.#kept.get(sha256);
    if (kept === undefined) return false;
    kept.holders += 1;
    return true;
  }
}
