import { orAborted } from '../abort.ts';
import type { PublishCheckpoint } from './checkpoint.ts';
import type { PublishEvent } from './events.ts';
import type { PublishResult } from './result.ts';

/** What the work behind a run tells it. */
export interface RunReporter {
  readonly emit: (event: PublishEvent) => void;
  /** Notes how the run could be continued, and waits until the caller has stored that. */
  readonly checkpoint: (checkpoint: PublishCheckpoint) => Promise<void>;
}

/**
 * One post on its way to TikTok.
 *
 * It has begun when it is made and goes on whether or not anyone looks. Its end is in `result`;
 * its events can be read with `for await`, from the first one on, any number of times. The loop
 * throws what `result` rejects with; leaving it early does not stop the run. To stop it, abort the
 * `signal` of its options.
 *
 * @example
 * ```ts
 * import { blobSource, publishVideo, TikTokClient } from '@greenroom/sdk';
 *
 * declare const file: File;
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * const run = publishVideo(client, {
 *   source: blobSource(file),
 *   postInfo: { privacy_level: 'SELF_ONLY', title: 'first light' },
 * });
 * for await (const event of run) {
 *   if (event.type === 'upload') console.log(event.bytesSent / event.bytesTotal);
 * }
 * const result = await run.result;
 * if (result.status === 'failed') console.error(result.explanation);
 * ```
 */
export class PublishRun implements AsyncIterable<PublishEvent> {
  /**
   * How it ended. Rejects with a `TikTokError`, or with the reason of an aborted signal. A post
   * that TikTok refused while processing it, or is not done with, is a result and no error.
   */
  readonly result: Promise<PublishResult>;
  readonly #events: PublishEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #publishId: string | undefined;
  #checkpoint: PublishCheckpoint | undefined;

  /** Made by `publishVideo`, `publishPhotos` and `resumePublish`. */
  constructor(work: (reporter: RunReporter) => Promise<PublishResult>, options: RunOptions = {}) {
    this.result = this.#run(work, options);
    // Who only reads the events hears of a failure there; it must not count as unhandled.
    this.result.catch(() => {});
  }

  /** TikTok's name of the post, as soon as it has one. Of use when `result` has rejected. */
  get publishId(): string | undefined {
    return this.#publishId;
  }

  /**
   * How the run can be continued by `resumePublish`, as far as it is now; `undefined` before TikTok
   * has taken the post on. It may hold the `upload_url`, which is a secret.
   */
  get checkpoint(): PublishCheckpoint | undefined {
    return this.#checkpoint;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PublishEvent, void, undefined> {
    let last: PublishEvent | undefined;
    for (let index = 0; ; ) {
      const event = this.#events[index];
      if (event !== undefined && event !== last) {
        last = event;
        yield event;
      } else if (index + 1 < this.#events.length) {
        index += 1;
      } else if (this.#isOver) {
        await this.result;
        return;
      } else {
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    }
  }

  async #run(
    work: (reporter: RunReporter) => Promise<PublishResult>,
    { onCheckpoint, signal }: RunOptions,
  ): Promise<PublishResult> {
    try {
      const result = await work({
        emit: (event) => this.#emit(event),
        checkpoint: async (checkpoint) => {
          this.#checkpoint = checkpoint;
          this.#publishId = checkpoint.publishId;
          await orAborted(onCheckpoint?.(checkpoint), signal);
        },
      });
      this.#emit({ type: 'done', result });
      return result;
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  #emit(event: PublishEvent): void {
    if (event.type === 'init') this.#publishId = event.publishId;
    // Thousands of progress events would pile up where nobody reads them: the newest is enough.
    const isNewer = event.type === 'upload' && this.#events.at(-1)?.type === 'upload';
    if (isNewer) this.#events.pop();
    this.#events.push(event);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Options of a {@link PublishRun}. */
export interface RunOptions {
  /** Ends the run, its waits included; the post goes on. Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Stores how the run can be continued by `resumePublish`: called when TikTok has taken the post
   * on, before the first byte is sent, then at every chunk that TikTok has, and when it has all.
   * The run waits for it, and ends with what it throws.
   */
  readonly onCheckpoint?: ((checkpoint: PublishCheckpoint) => void | Promise<void>) | undefined;
}
