import { orAborted } from '../abort.ts';
import { abortableSleep, type Clock, systemClock } from '../clock.ts';
import { TikTokError, TikTokNetworkError, TikTokUploadError } from '../errors.ts';
import { readRetryAfterMs } from '../http/retry-after.ts';
import { ChunkBody } from './chunk-body.ts';
import { type ChunkFailure, findFailure } from './chunk-failure.ts';
import { type ByteRange, chunkRange } from './chunk-plan.ts';
import type { ChunkSender } from './chunk-sender.ts';
import { fetchSender } from './fetch-sender.ts';
import { toCheckpoint, type UploadCheckpoint } from './upload-checkpoint.ts';
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  type TransferOptions,
  type UploadResult,
} from './upload-options.ts';
import { findPosition } from './upload-position.ts';
import { ProgressMeter } from './upload-progress.ts';

const DEFAULT_MAX_RETRIES = 5;
const BASE_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const MOST_RESYNCS = 3;
const MOST_QUESTIONS = 4;
// The answers, and our own clock's word, after which nothing can be sent any more.
const OVER = /^upload_(url_expired|not_found)$/;

/**
 * One upload under way. It stands at a byte, the position, and moves it chunk by chunk:
 *
 * - stored: to the end of the chunk;
 * - failed with all bytes sent, so that TikTok may have the chunk: to where the status says. After
 *   the last chunk nothing is sent again before the status was read: the video may be complete;
 * - out of sync (416): to where TikTok says that it stands, by `Content-Range`, else by status;
 * - over (403, 404, or the hour has passed) when the video may be complete: to where the status says;
 * - failed else: nowhere. After a network error or a 5xx the chunk is sent again, a few times; after
 *   any other the upload ends.
 *
 * The hour of the URL ends what is sent, not the questions about it.
 */
export class UploadTask {
  readonly #facts: UploadCheckpoint;
  readonly #options: TransferOptions;
  readonly #sender: ChunkSender;
  readonly #clock: Clock;
  readonly #meter: ProgressMeter;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #hour = new AbortController();
  // Whether TikTok may have the whole video although no answer said so.
  #mayBeComplete = false;
  #settledBy: UploadResult['settledBy'] = 'answer';

  /** @param facts - What the upload is; its checkpoints are copies that stand at another byte. */
  constructor(facts: UploadCheckpoint, options: TransferOptions) {
    const { clock = systemClock, signal, onProgress } = options;
    this.#facts = facts;
    this.#options = options;
    this.#sender = options.sender ?? fetchSender();
    this.#clock = clock;
    this.#meter = new ProgressMeter(facts.video_size, clock, onProgress);
    const own = this.#stop.signal;
    this.#signal = signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  /** Sends what TikTok does not have yet; `askFirst` where another process may have sent more. */
  async run({ askFirst }: { readonly askFirst: boolean }): Promise<UploadResult> {
    this.#signal.throwIfAborted();
    const { video_size: bytes, uploaded_bytes: known } = this.#facts;
    const start = askFirst && known < bytes ? ((await this.#ask()) ?? known) : known;
    this.#mayBeComplete = askFirst;
    const deadline = start < bytes ? this.#startDeadline() : undefined;
    try {
      await this.#finish(start);
      return { bytes, retries: this.#meter.retries, settledBy: this.#settledBy };
    } finally {
      clearTimeout(deadline);
    }
  }

  async #finish(start: number): Promise<void> {
    const { video_size: size } = this.#facts;
    let position = start;
    let best = start;
    let resyncs = 0;
    await this.#confirm(position);
    while (position < size) {
      position = await this.#sendFrom(position);
      resyncs = position > best ? 0 : resyncs + 1;
      if (resyncs > MOST_RESYNCS) throw uploadError('upload_out_of_sync');
      best = Math.max(best, position);
      await this.#confirm(position);
    }
  }

  /** Sends the chunk in which `position` is, from there on, and tells where TikTok stands then. */
  async #sendFrom(position: number): Promise<number> {
    const range = chunkRange(this.#facts, position);
    const { maxRetries = DEFAULT_MAX_RETRIES } = this.#options;
    for (let failures = 0; ; failures += 1) {
      const failure = await this.#attempt(range);
      if (failure === undefined) {
        this.#mayBeComplete = false;
        return range.last + 1;
      }
      const found = await this.#locate(failure, range);
      if (found !== undefined && found !== position) return found;
      if (failures >= maxRetries || !failure.error.isRetryable) throw failure.error;
      this.#meter.repeat();
      await this.#backOff(failures, failure.retryAfter);
    }
  }

  async #attempt(range: ByteRange): Promise<ChunkFailure | undefined> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#hour.signal]);
    const needed = AbortSignal.any([signal, over.signal]);
    const body = new ChunkBody(this.#options.source, range, needed);
    try {
      signal.throwIfAborted();
      const answer = await this.#sender.send({
        url: this.#facts.upload_url,
        headers: this.#toHeaders(range),
        body,
        idleTimeoutMs: this.#options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
        signal,
        onSent: (bytes) => this.#sent(bytes),
      });
      return findFailure(answer, range, this.#facts.video_size, isWhole(body));
    } catch (cause) {
      this.#signal.throwIfAborted();
      const late: TikTokError | undefined = this.#hour.signal.reason;
      const thrown = cause instanceof TikTokError ? cause : this.#cut(cause);
      const error = late ?? body.failure ?? thrown;
      // A body that failed is never complete.
      return { error, mayHave: body.failure === undefined && isWhole(body) };
    } finally {
      // Whatever the source still has open for this attempt is not needed any more.
      over.abort();
    }
  }

  #toHeaders({ first, last }: ByteRange): Record<string, string> {
    const { content_type, video_size } = this.#facts;
    return {
      'content-type': content_type,
      'content-length': String(last - first + 1),
      'content-range': `bytes ${first}-${last}/${video_size}`,
    };
  }

  #cut(cause: unknown): TikTokError {
    const secrets = [this.#facts.upload_url];
    // The chunk carries its place in the video: TikTok refuses what it has already.
    const safe = { isRepeatSafe: true, isRetryable: true };
    return new TikTokNetworkError({ code: 'network_error', cause, secrets, ...safe });
  }

  /** Finds out where TikTok stands after an attempt; nothing if there is no reason to ask. */
  async #locate(failure: ChunkFailure, { last }: ByteRange): Promise<number | undefined> {
    const { error, mayHave, isOutOfSync, progress } = failure;
    const isLost = mayHave && last === this.#facts.video_size - 1;
    if (isLost) this.#mayBeComplete = true;
    if (isLost || (this.#mayBeComplete && OVER.test(error.code))) return this.#settle(error);
    if (isOutOfSync) {
      const stated = progress === undefined ? undefined : findPosition(this.#facts, progress);
      return stated ?? (await this.#ask({ optional: true })) ?? progress;
    }
    return mayHave ? this.#ask({ optional: true }) : undefined;
  }

  /** Asks until it is known whether the video, of whose end no clear answer came, is complete. */
  async #settle(lost: TikTokError): Promise<number | undefined> {
    const { fetchStatus } = this.#options;
    // TikTok did answer: its rule for 5xx is to send the same chunk again.
    if (fetchStatus === undefined && lost.code === 'upload_server_error') return undefined;
    for (let asked = 0; fetchStatus !== undefined && asked < MOST_QUESTIONS; asked += 1) {
      if (asked > 0) await this.#backOff(asked);
      const position = await this.#ask({ lost });
      if (position !== undefined) return position;
    }
    throw uploadError('upload_outcome_unknown', lost);
  }

  /**
   * Reads from the post's status where TikTok stands; nothing if it does not say.
   *
   * @param why - The failure of the `lost` last chunk, which only the status can settle; or whether
   * the status is `optional`, as what is asked for is found out by sending, too.
   */
  async #ask(why: { lost?: TikTokError; optional?: boolean } = {}): Promise<number | undefined> {
    const { video_size: size } = this.#facts;
    const asked = orAborted(this.#options.fetchStatus?.(this.#signal), this.#signal);
    const answer = await asked.catch((error: unknown) => {
      this.#signal.throwIfAborted();
      if (why.lost !== undefined) throw uploadError('upload_outcome_unknown', error);
      if (why.optional !== true) throw error;
    });
    const { status, uploaded_bytes: uploaded = Number.NaN } = answer ?? {};
    if (status === 'FAILED' && why.lost === undefined) throw uploadError('upload_task_failed');
    const isOver = /^(FAILED|PUBLISH_COMPLETE|SEND_TO_USER_INBOX)$/.test(status ?? '');
    const position = isOver ? size : (findPosition(this.#facts, uploaded) ?? uploaded);
    if (position === size) this.#settledBy = 'status';
    return position <= size ? position : undefined;
  }

  async #confirm(position: number): Promise<void> {
    this.#meter.confirm(position);
    const checkpoint = toCheckpoint({ ...this.#facts, uploaded_bytes: position });
    await orAborted(this.#options.onCheckpoint?.(checkpoint), this.#signal);
  }

  async #backOff(failures: number, retryAfter: string | null = null): Promise<void> {
    const { random = Math.random, sleep = abortableSleep } = this.#options;
    const jittered = random() * Math.min(LONGEST_DELAY_MS, BASE_DELAY_MS * 2 ** failures);
    const asked = readRetryAfterMs(retryAfter, this.#clock()) ?? jittered;
    await sleep(Math.min(LONGEST_DELAY_MS, asked), this.#signal);
  }

  #sent(bytes: number): void {
    try {
      this.#meter.sent(bytes);
    } catch (error) {
      // A failing callback of the caller's ends the upload, instead of looking like a bad network.
      this.#stop.abort(error);
    }
  }

  #startDeadline(): ReturnType<typeof setTimeout> {
    const leftMs = Date.parse(this.#facts.expires_at) - this.#clock().getTime();
    if (leftMs <= 0) throw uploadError('upload_url_expired');
    return setTimeout(
      () => this.#hour.abort(uploadError('upload_url_expired')),
      Math.min(leftMs, 2 ** 31 - 1),
    );
  }
}

function isWhole(body: ChunkBody): boolean {
  return body.taken === body.length;
}

function uploadError(code: string, cause?: unknown): TikTokUploadError {
  return new TikTokUploadError({ code, cause });
}
