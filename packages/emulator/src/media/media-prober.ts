import type { MediaSource, PhotoProbe, VideoProbe } from './probe.ts';
import { unreadable } from './probe.ts';
import type { ProbeOrder } from './probe-orders.ts';
import type { ProbeLimits } from './probe-thread.ts';
import { ProbeThread, ProbeThreadError } from './probe-thread.ts';

/** How much of the machine the probe may take. All have defaults. */
export interface MediaProberOptions {
  /** Longest time for one file, in milliseconds; default 3000. */
  readonly timeoutMs?: number;
  /** Heap of one thread, in MiB; default 256. Below 24 a thread cannot even start. */
  readonly heapMiB?: number;
  /** Threads, and so files taken apart at the same time; default 2. */
  readonly threads?: number;
  /** Results remembered by SHA-256; default 1000. The one not used for longest goes first. */
  readonly remembered?: number;
}

/** How often a file was taken apart, and how often that was not needed. */
export interface ProbeCounters {
  /** Files that a thread took apart. */
  readonly parsed: number;
  /** Files whose SHA-256 was known, so that an earlier result was given. */
  readonly reused: number;
}

/**
 * Finds out what videos and photos are, in threads of its own that start when first needed, keep no
 * process alive and may be killed by a hostile file without harm.
 */
export class MediaProber {
  readonly #limits: ProbeLimits;
  readonly #threadCount: number;
  readonly #capacity: number;
  readonly #remembered = new Map<string, Promise<VideoProbe | PhotoProbe>>();
  readonly #threads = new Set<ProbeThread>();
  readonly #idle: ProbeThread[] = [];
  readonly #waiting: (() => void)[] = [];
  #inWork = 0;
  #parsed = 0;
  #reused = 0;
  #isClosed = false;

  constructor(options: MediaProberOptions = {}) {
    this.#limits = { timeoutMs: options.timeoutMs ?? 3000, heapMiB: options.heapMiB ?? 256 };
    this.#threadCount = options.threads ?? 2;
    this.#capacity = options.remembered ?? 1000;
  }

  /** How often a file was taken apart, and how often that was not needed. */
  get counters(): ProbeCounters {
    return { parsed: this.#parsed, reused: this.#reused };
  }

  /**
   * Finds out what a video is. Never rejects because of its bytes: what cannot be read says so.
   *
   * @param sha256 - Digest of the bytes, where known: equal bytes are taken apart once.
   */
  async probeVideo(source: MediaSource, sha256?: string): Promise<VideoProbe> {
    // An order for a video is answered with a video.
    return this.#probe({ kind: 'video', source }, sha256) as Promise<VideoProbe>;
  }

  /**
   * Finds out what a photo is. Never rejects because of its bytes: what cannot be read says so.
   *
   * @param sha256 - Digest of the bytes, where known: equal bytes are taken apart once.
   */
  async probePhoto(source: MediaSource, sha256?: string): Promise<PhotoProbe> {
    // An order for a photo is answered with a photo.
    return this.#probe({ kind: 'photo', source }, sha256) as Promise<PhotoProbe>;
  }

  /** Ends the threads; what is in work or comes later is unreadable. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#threads].map((thread) => thread.close()));
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #probe(order: ProbeOrder, sha256: string | undefined): Promise<VideoProbe | PhotoProbe> {
    if (sha256 === undefined) return this.#parse(order, () => undefined);
    const key = `${order.kind} ${sha256}`;
    const known = this.#remembered.get(key);
    // Taken out and put back, it is the youngest again.
    this.#remembered.delete(key);
    if (known !== undefined) this.#reused += 1;
    // How a thread ended says more about that moment than about the file.
    const probe = known ?? this.#parse(order, () => this.#remembered.delete(key));
    this.#remembered.set(key, probe);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= this.#capacity) break;
      this.#remembered.delete(oldest);
    }
    return probe;
  }

  async #parse(order: ProbeOrder, onThreadLost: () => void): Promise<VideoProbe | PhotoProbe> {
    const thread = await this.#take();
    try {
      if (thread === undefined) throw new ProbeThreadError('the emulator was closed');
      this.#parsed += 1;
      return (await thread.run(order)).probe;
    } catch (error) {
      if (!(error instanceof ProbeThreadError)) throw error;
      onThreadLost();
      return unreadable(`The ${order.kind} could not be read: ${error.message}.`);
    } finally {
      this.#giveBack(thread);
    }
  }

  async #take(): Promise<ProbeThread | undefined> {
    if (this.#inWork >= this.#threadCount && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#inWork += 1;
    }
    if (this.#isClosed) return undefined;
    const thread = this.#idle.pop() ?? new ProbeThread(this.#limits);
    this.#threads.add(thread);
    return thread;
  }

  /** Whoever waits takes over the place, so that the number in work stays. */
  #giveBack(thread: ProbeThread | undefined): void {
    if (thread?.isAlive === true) this.#idle.push(thread);
    else if (thread !== undefined) this.#threads.delete(thread);
    const next = this.#waiting.shift();
    if (next === undefined) this.#inWork -= 1;
    else next();
  }
}

/** Makes a prober; nothing starts before the first file comes. */
export function createMediaProber(options?: MediaProberOptions): MediaProber {
  return new MediaProber(options);
}
