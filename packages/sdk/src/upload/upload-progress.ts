import type { Clock } from '../clock.ts';

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes of the video that were sent, those of the chunk under way too; falls back on a repeat. */
  readonly bytes: number;
  /** Bytes that TikTok has confirmed. */
  readonly confirmedBytes: number;
  /** Size of the video, in bytes. */
  readonly totalBytes: number;
  /** Speed over the last seconds, smoothed; 0 until it is known. */
  readonly bytesPerSecond: number;
  /** Expected time to the last byte at this speed, in milliseconds; `undefined` until it is known. */
  readonly timeLeftMs: number | undefined;
  /** Chunks and parts of chunks that had to be sent again so far. */
  readonly retries: number;
}

const SHORTEST_PAUSE_MS = 100;
// Speeds older than this weigh little: long enough to be calm, short enough to follow a change.
const SMOOTHING_MS = 3_000;

/** Counts what is sent and tells of it, at most ten times a second and at every confirmed chunk. */
export class ProgressMeter {
  readonly #totalBytes: number;
  readonly #clock: Clock;
  readonly #onProgress: (progress: UploadProgress) => void;
  #bytes = 0;
  #confirmedBytes = 0;
  #retries = 0;
  #unmeasured = 0;
  #measuredAt: number;
  #bytesPerSecond: number | undefined;

  constructor(
    totalBytes: number,
    clock: Clock,
    onProgress: ((progress: UploadProgress) => void) | undefined,
  ) {
    this.#totalBytes = totalBytes;
    this.#clock = clock;
    this.#onProgress = onProgress ?? (() => undefined);
    this.#measuredAt = clock().getTime();
  }

  /** How often something was sent again. */
  get retries(): number {
    return this.#retries;
  }

  /** Notes that TikTok has the video up to this byte, and that the next one goes on from there. */
  confirm(position: number): void {
    this.#bytes = position;
    this.#confirmedBytes = position;
    this.#measure(this.#clock().getTime());
    this.#tell();
  }

  /** Notes that the chunk under way is sent again. */
  repeat(): void {
    this.#retries += 1;
    this.#bytes = this.#confirmedBytes;
    this.#tell();
  }

  /** Notes bytes that left. */
  sent(bytes: number): void {
    this.#bytes += bytes;
    this.#unmeasured += bytes;
    const now = this.#clock().getTime();
    if (now - this.#measuredAt < SHORTEST_PAUSE_MS) return;
    this.#measure(now);
    this.#tell();
  }

  #measure(now: number): void {
    const passedMs = now - this.#measuredAt;
    // Two chunks within a moment give no speed worth telling.
    if (passedMs < SHORTEST_PAUSE_MS) return;
    const latest = (this.#unmeasured * 1000) / passedMs;
    const weight = 1 - Math.exp(-passedMs / SMOOTHING_MS);
    const before = this.#bytesPerSecond ?? latest;
    this.#bytesPerSecond = before + (latest - before) * weight;
    this.#unmeasured = 0;
    this.#measuredAt = now;
  }

  #tell(): void {
    const speed = this.#bytesPerSecond ?? 0;
    this.#onProgress({
      bytes: this.#bytes,
      confirmedBytes: this.#confirmedBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: Math.round(speed),
      timeLeftMs:
        speed > 0 ? Math.ceil(((this.#totalBytes - this.#bytes) * 1000) / speed) : undefined,
      retries: this.#retries,
    });
  }
}
