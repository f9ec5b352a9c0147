import { type NodeSender, nodeSender } from '@greenroom/sdk/node';

/**
 * The uploads that one process does at a time, and what they send by: a sender holds two buffers of 1 MiB and a
 * connection, which the next upload takes over.
 */
export class UploadPlaces {
  readonly #idle: NodeSender[] = [];
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param most - Uploads at a time. */
  constructor(most: number) {
    this.#free = most;
  }

  /** Does an upload as soon as there is a place. @throws The signal's reason if it aborts while waiting. */
  async run<T>(signal: AbortSignal, work: (sender: NodeSender) => Promise<T>): Promise<T> {
    await this.#enter(signal);
    const sender = this.#idle.pop() ?? nodeSender();
    try {
      return await work(sender);
    } finally {
      this.#idle.push(sender);
      this.#leave();
    }
  }

  /** Closes the idle connections. Uploads have ended before. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((sender) => sender.close()));
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const giveUp = () => reject(signal.reason);
    this.#waiting.push(resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } catch (error) {
      const index = this.#waiting.indexOf(resolve);
      // It may have got its place in the same moment: then the place goes on to the next.
      if (index >= 0) this.#waiting.splice(index, 1);
      else this.#leave();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
