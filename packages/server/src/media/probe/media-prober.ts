import { Worker } from 'node:worker_threads';
import type { ProbeVerdict } from './probe.ts';

/** What one file may take of the machine. */
export interface ProbeLimits {
  /** Longest time, in milliseconds. Default 3000. */
  readonly timeoutMs?: number;
  /** Heap of the thread, in MiB. Default 256. */
  readonly heapMiB?: number;
}

/** The file could not be looked into for a reason that is not its own: the disk, or the server stops. */
export class ProbeFailedError extends Error {
  override readonly name = 'ProbeFailedError';
}

/** Starting a thread takes a tenth of a second, and longer on a machine that is busy. */
const START_TIMEOUT_MS = 30_000;

/** How long a thread without work is kept. */
const IDLE_MS = 30_000;

/**
 * Finds out what files are, in a thread of its own, one after the other. A hostile file may hang or kill the
 * thread: that file is refused, and the next one gets a new thread.
 */
export class MediaProber {
  readonly #timeoutMs: number;
  readonly #heapMiB: number;
  #thread: ProbeThread | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor({ heapMiB = 256, timeoutMs = 3000 }: ProbeLimits = {}) {
    this.#timeoutMs = timeoutMs;
    this.#heapMiB = heapMiB;
  }

  /**
   * Says what a file is, or why it is refused.
   *
   * @throws {ProbeFailedError} If nothing can be said now.
   */
  probe(path: string): Promise<ProbeVerdict> {
    const verdict = this.#last.then(() => this.#probe(path));
    this.#last = verdict.catch(() => undefined);
    return verdict;
  }

  /** Ends the thread; a file under its eyes gets no verdict. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
    await this.#last;
  }

  async #probe(path: string): Promise<ProbeVerdict> {
    clearTimeout(this.#idle);
    // Twice if it takes too long: on a busy machine an honest file may be unlucky once.
    for (let tries = 0; tries < 2; tries += 1) {
      if (this.#isClosed) throw new ProbeFailedError('The server stops');
      this.#thread ??= new ProbeThread(this.#heapMiB);
      const thread = this.#thread;
      const outcome = await thread.probe(path, this.#timeoutMs);
      if (typeof outcome === 'object') {
        this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref();
        return outcome;
      }
      await this.#end();
      if (outcome === 'died') break;
    }
    if (this.#isClosed) throw new ProbeFailedError('The server stops');
    return { refusal: 'probe_limit' };
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }
}

type Message =
  | { readonly verdict: ProbeVerdict; readonly error?: undefined }
  | { readonly verdict?: undefined; readonly error: string };

/** One thread. Once it took too long, or died, it is of no further use. */
class ProbeThread {
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<boolean>();
  #answer: PromiseWithResolvers<Message | 'died'> | undefined;

  constructor(heapMiB: number) {
    this.#worker = new Worker(workerAddress(), {
      name: 'greenroom-media-probe',
      // Flags of the process are none of the thread's business.
      execArgv: [],
      env: {},
      // Little room for young objects: more only makes the process larger, for a thread that works a moment.
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: 8 },
      // What a library prints must not land in the log; nobody reads it.
      stdout: true,
      stderr: true,
    });
    this.#worker.unref();
    this.#worker.on('message', (message: Message | 'ready') => {
      if (message === 'ready') this.#ready.resolve(true);
      else this.#answer?.resolve(message);
    });
    // A thread that runs out of memory says so here; that it is gone is all there is to know.
    this.#worker.on('error', () => this.#gone());
    this.#worker.on('exit', () => this.#gone());
  }

  /** The verdict; `died`: it took too much memory, or the thread was ended. */
  async probe(path: string, timeoutMs: number): Promise<ProbeVerdict | 'late' | 'died'> {
    const answer = Promise.withResolvers<Message | 'died'>();
    this.#answer = answer;
    this.#worker.ref();
    try {
      const isReady = await within(START_TIMEOUT_MS, this.#ready.promise);
      if (isReady !== true) return isReady === false ? 'died' : 'late';
      this.#worker.postMessage(path);
      const message = await within(timeoutMs, answer.promise);
      if (message === undefined) return 'late';
      if (message === 'died') return 'died';
      if (message.error !== undefined) throw new ProbeFailedError(message.error);
      return message.verdict;
    } finally {
      this.#answer = undefined;
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #gone(): void {
    this.#ready.resolve(false);
    this.#answer?.resolve('died');
  }
}

/** What the work gives, or undefined after so long. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => timeout.resolve(undefined), ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** In a checkout the thread is TypeScript as it is, where it is installed it is compiled. */
function workerAddress(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./probe-worker.${extension}`, import.meta.url);
}
