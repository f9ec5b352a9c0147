import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../db/database.ts';
import { inWorkspace } from '../../db/database.ts';
import type { Presence } from '../../db/presence.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { askWriterToStop, releaseWriter, takeWriter } from './upload-queries.ts';

/** How long a request waits for another one to let an upload go. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** An upload, by its media row. */
export interface UploadPlace {
  readonly workspaceId: string;
  readonly mediaId: string;
}

/** The right to write an upload, until it is released. */
export interface UploadLock {
  /** Presence of this process, under which the row names it. */
  readonly writer: number;
  release(): Promise<void>;
}

/**
 * Lets one request at a time write an upload. Within a process by a map; among processes by the row, which names
 * the presence of the one that writes: a dead one's hold ends with it.
 *
 * Whoever waits asks the holder to stop: a client that comes again has given up its first connection, even where
 * nobody has told the server.
 */
export class UploadLocks {
  readonly #database: Database;
  readonly #presence: Presence;
  readonly #held = new Map<string, () => void>();

  constructor(database: Database, presence: Presence) {
    this.#database = database;
    this.#presence = presence;
  }

  /**
   * Waits for the upload.
   *
   * @param onWanted - Called when another request of this process wants it.
   * @throws {ProblemError} `upload-busy` if the holder does not let go; `not-found` if there is no such upload.
   */
  async acquire(
    place: UploadPlace,
    signal: AbortSignal,
    onWanted: () => void,
  ): Promise<UploadLock> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!signal.aborted && performance.now() < deadline) {
      const lock = await this.#try(place, onWanted);
      if (lock !== undefined) return lock;
      await wait(LOOK_EVERY_MS);
    }
    throw new ProblemError('upload-busy', 'Another request still writes to this upload.', {
      retryAfterSeconds: 1,
    });
  }

  async #try(place: UploadPlace, onWanted: () => void): Promise<UploadLock | undefined> {
    const { mediaId, workspaceId } = place;
    const stopHolder = this.#held.get(mediaId);
    if (stopHolder !== undefined) {
      stopHolder();
      return undefined;
    }
    this.#held.set(mediaId, onWanted);
    let isMine = false;
    try {
      const writer = this.#presence.number;
      isMine = await inWorkspace(this.#database, workspaceId, async (tx) => {
        const isTaken = await takeWriter(tx, mediaId, writer);
        if (!isTaken) await askWriterToStop(tx, mediaId);
        return isTaken;
      });
      return isMine ? { writer, release: () => this.#release(place, writer) } : undefined;
    } finally {
      if (!isMine) this.#held.delete(mediaId);
    }
  }

  async #release({ mediaId, workspaceId }: UploadPlace, writer: number): Promise<void> {
    try {
      await inWorkspace(this.#database, workspaceId, (tx) => releaseWriter(tx, mediaId, writer));
    } finally {
      this.#held.delete(mediaId);
    }
  }
}
