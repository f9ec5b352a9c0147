import { abortableSleep, type Clock, systemClock } from '../clock.ts';
import { TikTokError, TikTokNetworkError, TikTokUploadError } from '../errors.ts';
import { readRetryAfterMs } from '../http/retry-after.ts';
import { ChunkBody } from './chunk-body.ts';
import { type ChunkOutcome, judgeAnswer } from './chunk-outcome.ts';
import type { ByteRange, ChunkPlan } from './chunk-plan.ts';
import type { ChunkSender } from './chunk-sender.ts';
import { fetchSender } from './fetch-sender.ts';
import { toCheckpoint, type UploadCheckpoint } from './upload-checkpoint.ts';
import type { TransferOptions, UploadResult } from './upload-options.ts';
import { findPosition, rangeFrom } from './upload-position.ts';
import { ProgressMeter } from './upload-progress.ts';

const DEFAULT_MAX_RETRIES = 5;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;
const BASE_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const MOST_RESYNCS = 3;
const MOST_QUESTIONS = 4;

type Outcome<Kind extends ChunkOutcome['kind']> = Extract<ChunkOutcome, { kind: Kind }>;

/**
 * One upload under way. It stands at a byte, the position, and moves it chunk by chunk:
 *
 * - stored: to the end of the chunk;
 * - out of sync (416): to where TikTok says that it stands, by `Content-Range`, else by status;
 * - failed (5xx, network), with some bytes not sent: nowhere; the chunk is sent again, a few times;
 * - failed with all bytes sent, so that TikTok may have the chunk: to where the status says. After
 *   the last chunk nothing is sent again before the status was read: the video may be complete;
 * - refused: the upload ends.
 */
export class UploadTask {
  readonly #facts: UploadCheckpoint;
  readonly #plan: ChunkPlan;
  readonly #options: TransferOptions;
  readonly #sender: ChunkSender;
  readonly #clock: Clock;
  readonly #meter: ProgressMeter;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #settledBy: UploadResult['settledBy'] = 'answer';

  /** @param facts - What the upload is; its checkpoints are copies that stand at another byte. */
  constructor(facts: UploadCheckpoint, options: TransferOptions) {
    const { clock = systemClock, signal, onProgress } = options;
    this.#facts = facts;
    this.#plan = facts;
    this.#options = options;
    this.#sender = options.sender ?? fetchSender();
    this.#clock = clock;
    this.#meter = new ProgressMeter(facts.video_size, clock, onProgress);
    const own = this.#stop.signal;
    this.#signal = signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  /** Sends what TikTok does not have yet; `askFirst` where another process may have sent more. */
  async run({ askFirst }: { readonly askFirst: boolean }): Promise<UploadResult> {
    const deadline = this.#startDeadline();
    try {
      const { video_size: bytes, uploaded_bytes: known } = this.#facts;
      await this.#finish(askFirst && known < bytes ? ((await this.#ask()) ?? known) : known);
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
      if (resyncs > MOST_RESYNCS) throw outOfSync(position);
      best = Math.max(best, position);
      await this.#confirm(position);
    }
  }

  /** Sends the chunk in which `position` is, from there on, and tells where TikTok stands then. */
  async #sendFrom(position: number): Promise<number> {
    const range = rangeFrom(this.#plan, position);
    const { maxRetries = DEFAULT_MAX_RETRIES } = this.#options;
    for (let failures = 0; ; failures += 1) {
      const outcome = await this.#attempt(range);
      if (outcome.kind === 'stored') return range.last + 1;
      const found = await this.#locate(outcome, range);
      if (found !== undefined && found !== position) return found;
      if (outcome.kind === 'refused') throw outcome.error;
      if (failures >= maxRetries) {
        throw outcome.kind === 'failed' ? outcome.error : outOfSync(position);
      }
      this.#meter.repeat();
      await this.#backOff(failures, outcome.kind === 'failed' ? outcome.retryAfter : null);
    }
  }

  async #attempt(range: ByteRange): Promise<ChunkOutcome> {
    this.#signal.throwIfAborted();
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const body = new ChunkBody(this.#options.source, range, signal);
    try {
      const answer = await this.#sender.send({
        url: this.#facts.upload_url,
        headers: this.#toHeaders(range),
        body,
        idleTimeoutMs: this.#options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
        signal: this.#signal,
        onSent: (bytes) => this.#guard(() => this.#meter.sent(bytes)),
      });
      return judgeAnswer(answer, range, this.#facts.video_size, body.isTaken);
    } catch (error) {
      this.#signal.throwIfAborted();
      return this.#toFailure(error, body, range);
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

  #toFailure(thrown: unknown, body: ChunkBody, { first, last }: ByteRange): ChunkOutcome {
    if (body.failure !== undefined) {
      const error = body.failure;
      // A body that failed is never complete.
      return error.isRetryable
        ? { kind: 'failed', error, mayHave: false, retryAfter: null }
        : { kind: 'refused', error, mayHave: false };
    }
    const error =
      thrown instanceof TikTokError
        ? thrown
        : new TikTokNetworkError({
            code: 'network_error',
            message: `The connection failed while bytes ${first}-${last} were sent.`,
            cause: thrown,
            secrets: [this.#facts.upload_url],
            // The chunk carries its place in the video: TikTok refuses what it has already.
            isRepeatSafe: true,
            isRetryable: true,
          });
    return { kind: 'failed', error, mayHave: body.isTaken, retryAfter: null };
  }

  /** Finds out where TikTok stands after an attempt; nothing if there is no reason to ask. */
  async #locate(
    outcome: Exclude<ChunkOutcome, { kind: 'stored' }>,
    range: ByteRange,
  ): Promise<number | undefined> {
    if (outcome.kind === 'out_of_sync') {
      const { progress } = outcome;
      const stated = progress === undefined ? undefined : findPosition(this.#plan, progress);
      return stated ?? (await this.#ask(range)) ?? progress;
    }
    if (!outcome.mayHave) return undefined;
    return range.last === this.#facts.video_size - 1 ? this.#settle(outcome) : this.#ask(range);
  }

  /** Asks until it is known whether the last chunk, of which no clear answer came, has arrived. */
  async #settle(outcome: Outcome<'failed' | 'refused'>): Promise<number | undefined> {
    const hasAnswer = outcome.error.status !== undefined;
    if (this.#options.fetchStatus === undefined) {
      // TikTok's rule for 5xx is to send the same chunk again.
      if (hasAnswer) return undefined;
      throw outcomeUnknown(outcome.error);
    }
    for (let questions = 0; questions < MOST_QUESTIONS; questions += 1) {
      if (questions > 0) await this.#backOff(questions, null);
      const position = await this.#ask(undefined, outcome.error);
      if (position !== undefined) return position;
    }
    throw outcomeUnknown(outcome.error);
  }

  /**
   * Reads from the post's status where TikTok stands; nothing if it does not say.
   *
   * @param range - What is sent again anyway if the status cannot be read.
   * @param lost - The failure of the last chunk, after which the status decides.
   */
  async #ask(range?: ByteRange, lost?: TikTokError): Promise<number | undefined> {
    const { fetchStatus } = this.#options;
    const { video_size: size } = this.#facts;
    if (fetchStatus === undefined) return undefined;
    const answer = await fetchStatus(this.#signal).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      if (lost !== undefined) throw outcomeUnknown(error);
      if (range === undefined) throw error;
      return undefined;
    });
    if (answer === undefined) return undefined;
    const isOver = answer.status === 'FAILED';
    if (isOver && lost === undefined) throw taskFailed();
    if (isOver || answer.status === 'PUBLISH_COMPLETE' || answer.status === 'SEND_TO_USER_INBOX') {
      this.#settledBy = 'status';
      return size;
    }
    const { uploaded_bytes: uploaded } = answer;
    if (uploaded === undefined || uploaded > size) return undefined;
    const position = findPosition(this.#plan, uploaded) ?? uploaded;
    if (position === size) this.#settledBy = 'status';
    return position;
  }

  async #confirm(position: number): Promise<void> {
    this.#signal.throwIfAborted();
    this.#meter.confirm(position);
    await this.#options.onCheckpoint?.(toCheckpoint({ ...this.#facts, uploaded_bytes: position }));
    this.#signal.throwIfAborted();
  }

  async #backOff(failures: number, retryAfter: string | null): Promise<void> {
    const { random = Math.random, sleep = abortableSleep } = this.#options;
    const jittered = random() * Math.min(LONGEST_DELAY_MS, BASE_DELAY_MS * 2 ** failures);
    const asked = readRetryAfterMs(retryAfter, this.#clock()) ?? jittered;
    await sleep(Math.min(LONGEST_DELAY_MS, asked), this.#signal);
  }

  /** A failing callback of the caller's ends the upload, instead of looking like a bad network. */
  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  #startDeadline(): ReturnType<typeof setTimeout> {
    const leftMs = Date.parse(this.#facts.expires_at) - this.#clock().getTime();
    if (leftMs <= 0) throw expired();
    return setTimeout(() => this.#stop.abort(expired()), Math.min(leftMs, 2 ** 31 - 1));
  }
}

function expired(): TikTokUploadError {
  const message = 'The hour of the upload URL is over.';
  return new TikTokUploadError({ code: 'upload_url_expired', message });
}

function outOfSync(position: number): TikTokUploadError {
  const message = `TikTok does not go on from byte ${position}, where it says it stands.`;
  return new TikTokUploadError({ code: 'upload_out_of_sync', message });
}

function outcomeUnknown(cause: unknown): TikTokUploadError {
  const message = 'No answer to the last chunk came, and the status does not settle it.';
  return new TikTokUploadError({ code: 'upload_outcome_unknown', message, cause });
}

function taskFailed(): TikTokUploadError {
  const message = 'The status of the post became FAILED before all bytes were sent.';
  return new TikTokUploadError({ code: 'upload_task_failed', message });
}
