import { type Database, inWorkspace } from '../db/database.ts';
import { LastingConnection } from '../db/lasting-connection.ts';
import { preparedQuery } from '../db/transaction.ts';
import type { EventPosition } from './event-position.ts';
import { type EventBatch, mayHaveMissed, readEvents, readPresentPosition } from './read-events.ts';

/** What {@link LiveEvents} needs. */
export interface LiveEventsOptions {
  readonly database: Database;
  /** Address of the database, for the connection that listens. */
  readonly url: string;
}

/** Somebody who listens to a workspace. */
export interface Listener {
  /** Resolves when something may have happened, or after this time, or when the process stops. */
  wait(ms: number): Promise<void>;
  /** Listens no longer. */
  close(): void;
}

/**
 * Tells the streams of this process that something happened in a workspace, whatever process did it.
 *
 * A notification only wakes: what happened is read from the table, so that one which is lost costs time, not events.
 * Streams that are at the same place share one read.
 */
export class LiveEvents {
  readonly #options: LiveEventsOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #watched = new Map<string, number>();
  readonly #reads = new Map<string, Promise<EventBatch>>();
  readonly #stop = new AbortController();
  #connection: Promise<LastingConnection> | undefined;

  constructor(options: LiveEventsOptions) {
    this.#options = options;
  }

  /** Aborts when the process stops: streams end then. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** How many listen to a workspace in this process. */
  count(workspaceId: string): number {
    return this.#listeners.get(workspaceId)?.size ?? 0;
  }

  /** Listens to a workspace. */
  listen(workspaceId: string): Listener {
    const own = this.#listeners.get(workspaceId) ?? new Set();
    this.#listeners.set(workspaceId, own);
    let wake: (() => void) | undefined;
    let isWoken = false;
    const onEvent = () => {
      isWoken = true;
      wake?.();
    };
    own.add(onEvent);
    const wait = async (ms: number) => {
      await this.#watch(workspaceId);
      if (!isWoken && !this.#stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      isWoken = false;
    };
    const close = () => {
      own.delete(onEvent);
      wake?.();
      if (own.size > 0 || this.#listeners.get(workspaceId) !== own) return;
      this.#listeners.delete(workspaceId);
      this.#watched.delete(workspaceId);
    };
    return { wait, close };
  }

  /** Reads on from a position; who asks the same at the same time gets the same answer. */
  read(workspaceId: string, after: EventPosition): Promise<EventBatch> {
    const key = `${workspaceId} ${after.xid} ${after.id}`;
    const present = this.#reads.get(key);
    if (present !== undefined) return present;
    const read = inWorkspace(this.#options.database, workspaceId, (tx) =>
      readEvents(tx, after, BATCH),
    ).finally(() => this.#reads.delete(key));
    this.#reads.set(key, read);
    return read;
  }

  /**
   * Where a stream begins: behind the last event that its client has seen, or now.
   *
   * `isReset`: the client may have missed something, for what is behind its place is not all there any more.
   */
  async begin(
    workspaceId: string,
    last: EventPosition | undefined,
  ): Promise<{ readonly position: EventPosition; readonly isReset: boolean }> {
    await this.#watch(workspaceId);
    return inWorkspace(this.#options.database, workspaceId, async (tx) => {
      if (last !== undefined && !(await mayHaveMissed(tx, last)))
        return { position: last, isReset: false };
      return { position: await readPresentPosition(tx), isReset: last !== undefined };
    });
  }

  /** Ends all streams, and the connection that listens. */
  async close(): Promise<void> {
    this.end();
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  /** Ends all streams: browsers go on at another process. */
  end(): void {
    this.#stop.abort();
    this.#wakeAll();
  }

  /** Has events of the workspace notified, for as long as somebody asks again and again. */
  async #watch(workspaceId: string): Promise<void> {
    const until = this.#watched.get(workspaceId) ?? 0;
    if (performance.now() < until) return;
    // Whoever comes meanwhile need not do it, too.
    this.#watched.set(workspaceId, performance.now() + WATCH_MS / 3);
    try {
      await this.#listen();
      await inWorkspace(this.#options.database, workspaceId, (tx) =>
        tx.executeQuery(preparedQuery('watch_events', WATCH, [WATCH_MS])),
      );
    } catch {
      // Without notifications, streams look by themselves; the next wait tries again.
      this.#watched.delete(workspaceId);
    }
  }

  async #listen(): Promise<void> {
    this.#connection ??= LastingConnection.open({
      url: this.#options.url,
      applicationName: 'greenroom-events',
      prepare: async (client) => {
        client.on('notification', ({ payload = '' }) => this.#wake(payload));
        await client.query('listen greenroom_events');
        // What was told while nobody listened.
        this.#wakeAll();
      },
    });
    try {
      await this.#connection;
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }

  #wake(workspaceId: string): void {
    for (const wake of this.#listeners.get(workspaceId) ?? []) wake();
  }

  #wakeAll(): void {
    for (const workspaceId of this.#listeners.keys()) this.#wake(workspaceId);
  }
}

/** Events that are read at a time. */
const BATCH = 200;
/** How long a watch holds; it is renewed long before. */
const WATCH_MS = 60_000;

const WATCH = `
insert into event_watches (workspace_id, until)
values (current_workspace(), clock_timestamp() + $1::int * interval '1 millisecond')
on conflict (workspace_id) do update set until = excluded.until`;
