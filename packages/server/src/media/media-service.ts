import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import type { Presence } from '../db/presence.ts';
import { MediaProber } from './probe/media-prober.ts';
import { DiskStore } from './store/disk-store.ts';
import type { MediaStore } from './store/media-store.ts';
import { RunningHashes } from './upload/running-hashes.ts';
import { UploadLocks } from './upload/upload-locks.ts';

/** What {@link MediaService} is made of. */
export interface MediaServiceOptions {
  readonly config: Pick<Config, 'dataFolder' | 'mediaFolder'>;
  readonly database: Database;
  readonly presence: Presence;
}

/** What a process keeps for media: the store, the thread that looks into files, and what it knows of running uploads. */
export class MediaService {
  /** Where the bytes are. */
  readonly store: MediaStore;
  /** Finds out what a file is. */
  readonly prober: MediaProber;
  /** Digests of uploads that this process has received from the begin. */
  readonly hashes = new RunningHashes();
  /** Lets one request at a time write an upload, whatever process it came to. */
  readonly locks: UploadLocks;

  constructor({ config, database, presence }: MediaServiceOptions) {
    this.store = new DiskStore(config.mediaFolder ?? join(config.dataFolder, 'media'));
    this.prober = new MediaProber();
    this.locks = new UploadLocks(database, presence);
  }

  /** Ends the thread; a file under its eyes stays to be looked at. May be called twice. */
  async close(): Promise<void> {
    await this.prober.close();
  }
}
