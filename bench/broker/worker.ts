import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { WorkerOrder } from './refresh-worker.ts';

const FILE = fileURLToPath(new URL('./refresh-worker.ts', import.meta.url));

/** A worker in a process of its own. */
export class Worker implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #ended: Promise<undefined>;

  private constructor(order: WorkerOrder) {
    // Both pipes are there: no overload of spawn knows that with `inherit` beside them.
    this.#child = spawn(process.execPath, [FILE, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }) as ChildProcessByStdio<Writable, Readable, null>;
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#ended = once(this.#child, 'exit').then(() => undefined);
  }

  /** Starts one and waits until it is ready. */
  static async start(order: WorkerOrder): Promise<Worker> {
    const worker = new Worker(order);
    await worker.#answer();
    return worker;
  }

  /** Gives an order; resolves with the number that the worker answers. */
  async order(kind: 'sweep' | 'sdk', count: number): Promise<number> {
    this.#child.stdin.write(`${kind} ${count}\n`);
    return Number(await this.#answer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  async #answer(): Promise<string> {
    const [line] = (await Promise.race([once(this.#lines, 'line'), this.#ended])) ?? [];
    if (typeof line !== 'string') throw new Error('A worker ended before its work was done');
    return line;
  }
}
