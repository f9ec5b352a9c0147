import type { FastifyRequest } from 'fastify';
import { Ring } from '../state/ring.ts';

/** One request to TikTok's endpoints and how it was answered; without query, headers and body. */
export interface LedgerEntry {
  readonly id: number;
  /** ISO 8601, of the emulator's clock. */
  readonly time: string;
  /** The app's client key, where the request told. */
  readonly app: string | null;
  /** The creator's username, where the request told. */
  readonly creator: string | null;
  readonly method: string;
  readonly path: string;
  /** HTTP status; `null` when the connection was cut before an answer. */
  readonly status: number | null;
  /** Code of the answer, where it has one. */
  readonly code: string | null;
  readonly log_id: string;
  /** The fault rule that was applied. */
  readonly fault: number | null;
}

interface KeptEntry {
  readonly id: number;
  readonly at: number;
  readonly app: string | null;
  readonly creator: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly log_id: string;
  readonly fault: number | null;
}

/** The requests that are remembered, newest last. */
export class RequestLedger {
  readonly #ring: Ring<KeptEntry>;

  constructor(retain: number) {
    this.#ring = new Ring(retain);
  }

  /** How many requests there ever were. */
  get total(): number {
    return this.#ring.total;
  }

  /** Remembers a request that was answered, or cut (`status` is null). */
  record(request: FastifyRequest, status: number | null): void {
    const { call } = request;
    this.#ring.push({
      // When it was answered, not when it came: whoever polls with `after` misses no long upload.
      id: this.#ring.nextId(),
      at: call.at,
      app: call.clientKey,
      creator: call.username,
      method: request.method,
      path: call.path,
      status,
      code: call.code,
      log_id: call.logId,
      fault: call.faultId,
    });
  }

  /** Entries after an id, oldest first. */
  list(after?: number): LedgerEntry[] {
    return this.#ring.list(after).map(({ at, ...entry }) => ({
      ...entry,
      time: new Date(at).toISOString(),
    }));
  }

  /** Changes how many are kept. */
  resize(retain: number): void {
    this.#ring.resize(retain);
  }

  /** What a snapshot keeps. */
  save(): { readonly entries: KeptEntry[]; readonly last_id: number } {
    return { entries: this.#ring.list(), last_id: this.#ring.total };
  }

  /** Goes back to what a snapshot kept. */
  load(saved: { readonly entries: readonly KeptEntry[]; readonly last_id: number }): void {
    this.#ring.replace(saved.entries, saved.last_id);
  }
}
