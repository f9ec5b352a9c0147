import { randomUUID } from 'node:crypto';
import type { Emulator } from '../emulator.ts';
import type { ChunkPlan } from '../posting/chunk-rules.ts';
import type { IncomingFile } from '../storage/incoming-file.ts';

/** How long an `upload_url` lives, on the emulator's clock. */
const UPLOAD_LIFETIME_MS = 60 * 60 * 1000;

/** The event that ends an upload which was not completed in time. */
export const UPLOAD_EXPIRED = 'upload.expired';

/** A video on its way in, as its `upload_url` stands for it. */
export interface Upload {
  readonly upload_id: string;
  readonly upload_token: string;
  readonly publish_id: string;
  readonly plan: ChunkPlan;
  /** Milliseconds of the emulator's clock. */
  readonly expires_at: number;
  /** Event that ends it. */
  readonly expiry: number;
  /** Whole chunks that are here. */
  chunks: number;
  /** Whether a chunk is being received right now. */
  isReceiving: boolean;
  /** Its bytes, from the first chunk until the last one is here. */
  file: IncomingFile | undefined;
}

/** The uploads that were opened and not forgotten. */
export class Uploads {
  readonly #emulator: Emulator;
  readonly #byId = new Map<string, Upload>();
  readonly #byPublishId = new Map<string, Upload>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** Opens an upload for an hour. */
  open(publishId: string, plan: ChunkPlan): Upload {
    const { clock, ids } = this.#emulator;
    const expiresAt = clock.now() + UPLOAD_LIFETIME_MS;
    const upload: Upload = {
      upload_id: ids.int64(),
      upload_token: randomUUID(),
      publish_id: publishId,
      plan,
      expires_at: expiresAt,
      expiry: clock.schedule({
        at: expiresAt,
        kind: UPLOAD_EXPIRED,
        payload: publishId,
        background: true,
      }),
      chunks: 0,
      isReceiving: false,
      file: undefined,
    };
    this.add(upload);
    return upload;
  }

  /** Takes an upload as it is. */
  add(upload: Upload): void {
    this.#byId.set(upload.upload_id, upload);
    this.#byPublishId.set(upload.publish_id, upload);
  }

  /** The `upload_url` of an upload: a secret, for who has it may upload. */
  toUrl({ upload_id, upload_token }: Upload): string {
    return `${this.#emulator.baseUrl}/upload?upload_id=${upload_id}&upload_token=${upload_token}`;
  }

  /** The upload that an `upload_url` stands for, if its token is right. */
  find(uploadId: string, uploadToken: string): Upload | undefined {
    const upload = this.#byId.get(uploadId);
    return upload?.upload_token === uploadToken ? upload : undefined;
  }

  /** The upload of a post. */
  findByPublishId(publishId: string): Upload | undefined {
    return this.#byPublishId.get(publishId);
  }

  /** All uploads, oldest first. */
  list(): Upload[] {
    return [...this.#byId.values()];
  }

  /** Throws away the bytes of an upload whose post ended; its URL is still known. */
  async drop(publishId: string): Promise<void> {
    const upload = this.#byPublishId.get(publishId);
    const file = upload?.file;
    if (upload === undefined || file === undefined) return;
    upload.file = undefined;
    await file.discard();
  }

  /** Forgets an upload with its bytes. */
  async remove(publishId: string): Promise<void> {
    const upload = this.#byPublishId.get(publishId);
    if (upload === undefined) return;
    this.#emulator.clock.cancel(upload.expiry);
    this.#byId.delete(upload.upload_id);
    this.#byPublishId.delete(publishId);
    const file = upload.file;
    upload.file = undefined;
    await file?.discard();
  }

  /** Forgets all uploads. */
  async clear(): Promise<void> {
    await Promise.all(this.list().map((upload) => this.remove(upload.publish_id)));
  }
}

/** Bytes of an upload that are here for good: whole chunks only. */
export function toReceivedBytes({ plan, chunks }: Upload): number {
  return isComplete({ plan, chunks }) ? plan.videoSize : chunks * plan.chunkSize;
}

/** Whether all chunks of an upload are here. */
export function isComplete({ plan, chunks }: Pick<Upload, 'plan' | 'chunks'>): boolean {
  return chunks === plan.totalChunkCount;
}
