import { Worker } from 'node:worker_threads';
import type { ProbeAnswer, ProbeOrder } from './probe-orders.ts';

/** How a thread that takes media apart is kept in bounds. */
export interface ProbeLimits {
  /** Longest time for one file, in milliseconds of real time. */
  readonly timeoutMs: number;
  /** Heap of the thread, in MiB. */
  readonly heapMiB: number;
}

/** Longest time from starting a thread to its being ready, in milliseconds. */
const START_TIMEOUT_MS = 30_000;

/** The thread was ended because of a file, or could not start. */
export class ProbeThreadError extends Error {
  override readonly name = 'ProbeThreadError';
}

/**
 * A worker thread that takes one file apart at a time, and that a hostile one may hang or kill: the
 * order then fails with a {@link ProbeThreadError} and the thread is gone.
 */
export class ProbeThread {
  readonly #worker: Worker;
  readonly #limits: ProbeLimits;
  readonly #ready: Promise<void>;
  #gone: ProbeThreadError | undefined;
  #settle: { resolve(answer: ProbeAnswer): void; reject(error: Error): void } | undefined;
  #announce: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(limits: ProbeLimits) {
    this.#limits = limits;
    this.#worker = new Worker(workerAddress(), {
      name: 'greenroom-media-probe',
      // Flags of the process, such as --import or --inspect-brk, are none of this thread's business.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB, maxYoungGenerationSizeMb: 32 },
      // A library's line must not land between the lines of the emulator's `--json`. The streams are
      // not read either: that alone would keep the process alive.
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (message: unknown) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(messageOf(error)));
    this.#worker.on('exit', () => this.#end('the parser stopped'));
    this.#ready = new Promise((resolve, reject) => {
      this.#announce = { resolve, reject };
    });
    // Whoever gives an order hears of it; without one nobody needs to.
    this.#ready.catch(() => undefined);
    this.#worker.unref();
  }

  /** Whether the thread can take another order. */
  get isAlive(): boolean {
    return this.#gone === undefined;
  }

  /**
   * Has one file taken apart. One order at a time.
   *
   * @throws {ProbeThreadError} If the file took too much time or memory; the thread is gone then.
   */
  async run(order: ProbeOrder): Promise<ProbeAnswer> {
    this.#worker.ref();
    try {
      await this.#within(START_TIMEOUT_MS, this.#ready);
      if (this.#gone !== undefined) throw this.#gone;
      const answered = new Promise<ProbeAnswer>((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
      this.#worker.postMessage(...toMessage(order));
      return await this.#within(this.#limits.timeoutMs, answered);
    } finally {
      this.#settle = undefined;
      this.#worker.unref();
    }
  }

  /** Ends the thread; an order in work fails. */
  async close(): Promise<void> {
    this.#end('the emulator was closed');
    await this.#worker.terminate();
  }

  async #within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#end(`it took more than ${timeoutMs} ms`);
      void this.#worker.terminate();
    }, timeoutMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: unknown): void {
    if (message === 'ready') this.#announce?.resolve();
    // Both ends are ours: all else it ever says is an answer.
    else this.#settle?.resolve(message as ProbeAnswer);
  }

  #end(reason: string): void {
    this.#gone ??= new ProbeThreadError(reason);
    this.#announce?.reject(this.#gone);
    this.#settle?.reject(this.#gone);
  }
}

/** In a checkout the worker is TypeScript as it is, where it is installed it is compiled. */
function workerAddress(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./probe-worker.${extension}`, import.meta.url);
}

/** Bytes are copied once and handed over: a small `Buffer` shares its memory with others. */
function toMessage(order: ProbeOrder): [ProbeOrder, ArrayBuffer[]] {
  if (!('bytes' in order.source)) return [order, []];
  const bytes = new Uint8Array(order.source.bytes);
  return [{ kind: order.kind, source: { bytes } }, [bytes.buffer]];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
