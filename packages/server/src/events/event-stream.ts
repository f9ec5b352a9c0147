import type { ServerResponse } from 'node:http';
import { type EventPosition, formatPosition } from './event-position.ts';
import { listLiveTypes } from './event-types.ts';
import type { LiveEvents } from './live-events.ts';
import { type EventRow, toWireEvent } from './read-events.ts';

/** Times of a stream, in milliseconds. */
export interface StreamTimes {
  /** A sign of life after this long without one, so that proxies keep the connection. */
  readonly heartbeatMs: number;
  /** How often it is looked whether the caller still may listen. */
  readonly accessMs: number;
  /** How long a reader may take none of what was sent, before the connection is cut. */
  readonly slowReaderMs: number;
  /** How often the table is looked at without a notification. */
  readonly pollMs: number;
}

/** What a stream is made of. */
export interface StreamOptions {
  readonly live: LiveEvents;
  readonly workspaceId: string;
  /** The last event that the client has seen. */
  readonly last: EventPosition | undefined;
  /** Whether the caller still may listen; throws when that cannot be found out now. */
  readonly isAllowed: () => Promise<boolean>;
  readonly times: StreamTimes;
}

/**
 * Writes events to an answer whose head is sent, until the reader goes, the process stops, or the caller's
 * right to listen ends.
 *
 * A stream holds one batch at most: it reads on when the reader has taken what was sent.
 */
export async function streamEvents(answer: ServerResponse, options: StreamOptions): Promise<void> {
  const { live, times, workspaceId } = options;
  const listener = live.listen(workspaceId);
  answer.once('close', () => listener.close());
  try {
    const stream = new EventStream(answer, options);
    while (!stream.isOver) await stream.step((ms) => listener.wait(Math.min(ms, times.pollMs)));
    answer.end();
  } catch {
    // The reader is gone, or so slow that it comes to the same: it begins again where it stood.
    answer.destroy();
  } finally {
    listener.close();
  }
}

class EventStream {
  readonly #answer: ServerResponse;
  readonly #options: StreamOptions;
  readonly #liveTypes = new Set(listLiveTypes());
  #position: EventPosition | undefined;
  #heardAt = performance.now();
  #allowedAt = performance.now();
  #askedAt = performance.now();
  #isForbidden = false;

  constructor(answer: ServerResponse, options: StreamOptions) {
    this.#answer = answer;
    this.#options = options;
  }

  get isOver(): boolean {
    const { destroyed } = this.#answer;
    return destroyed || this.#isForbidden || this.#options.live.signal.aborted;
  }

  /** Sends what is new, or waits for it. */
  async step(wait: (ms: number) => Promise<void>): Promise<void> {
    await this.#checkAccess();
    if (this.isOver) return;
    const pauseMs = await this.#sendNew();
    await this.#sendHeartbeat();
    if (pauseMs > 0) await wait(pauseMs);
  }

  /** Sends one batch; gives how long to wait for the next. */
  async #sendNew(): Promise<number> {
    const { live, last, times, workspaceId } = this.#options;
    try {
      if (this.#position === undefined) return await this.#begin(last);
      const batch = await live.read(workspaceId, this.#position);
      await this.#send(batch.events);
      this.#position = batch.position;
      if (batch.events.length > 0) return 0;
      return batch.isUnsettled ? UNSETTLED_MS : times.pollMs;
    } catch (error) {
      if (this.#answer.destroyed || error instanceof SlowReaderError) throw error;
      // The database is away: signs of life go on, and so does the stream when it is back.
      return times.pollMs;
    }
  }

  async #begin(last: EventPosition | undefined): Promise<number> {
    const { position, isReset } = await this.#options.live.begin(this.#options.workspaceId, last);
    this.#position = position;
    // Its id lets a client resume that has not seen an event yet.
    await this.#write(
      `id: ${formatPosition(position)}\nevent: ${isReset ? 'reset' : 'ready'}\ndata: {}\n\n`,
    );
    return 0;
  }

  async #send(events: readonly EventRow[]): Promise<void> {
    const text = events
      .filter(({ type }) => this.#liveTypes.has(type))
      .map((row) => `id: ${formatPosition(row)}\ndata: ${JSON.stringify(toWireEvent(row))}\n\n`)
      .join('');
    if (text !== '') await this.#write(text);
  }

  async #sendHeartbeat(): Promise<void> {
    if (performance.now() - this.#heardAt < this.#options.times.heartbeatMs) return;
    // The id moves on past events that are not for streams; without data nothing is dispatched.
    const id = this.#position === undefined ? '' : `id: ${formatPosition(this.#position)}\n`;
    await this.#write(`:\n${id}\n`);
  }

  async #checkAccess(): Promise<void> {
    const { isAllowed, times } = this.#options;
    const now = performance.now();
    if (now - this.#askedAt < times.accessMs) return;
    this.#askedAt = now;
    try {
      this.#isForbidden = !(await isAllowed());
      this.#allowedAt = now;
    } catch {
      // Nobody can say: a right that was not seen for long is none.
      this.#isForbidden = now - this.#allowedAt > LONGEST_UNSEEN_MS;
    }
  }

  async #write(text: string): Promise<void> {
    this.#heardAt = performance.now();
    if (this.#answer.destroyed || this.#answer.write(text)) return;
    await drained(this.#answer, this.#options.times.slowReaderMs);
  }
}

/** A reader takes nothing of what is sent. */
class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError';
}

/** Resolves when the reader has taken what was written, or is gone. */
function drained(answer: ServerResponse, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      answer.off('drain', onDrain).off('close', onDrain);
      settle();
    };
    const onDrain = end(resolve);
    const timer = setTimeout(
      end(() => reject(new SlowReaderError())),
      patienceMs,
    );
    answer.once('drain', onDrain).once('close', onDrain);
  });
}

/** A transaction that others wait for mostly ends within this time. */
const UNSETTLED_MS = 25;
/** A stream whose caller cannot be checked ends after this long. */
const LONGEST_UNSEEN_MS = 55_000;
