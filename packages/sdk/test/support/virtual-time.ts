import type { Clock, Sleep } from '@greenroom/sdk';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved, and a sleep that hangs on it. */
export class VirtualTime {
  now: number;
  readonly #sleepers = new Set<Sleeper>();
  /** How long each sleep was asked for, in milliseconds. */
  readonly slept: number[] = [];

  constructor(start: number) {
    this.now = start;
  }

  readonly clock: Clock = () => new Date(this.now);

  readonly sleep: Sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      this.slept.push(ms);
      const sleeper: Sleeper = {
        until: this.now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });

  /** How many sleep now. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** Moves the clock, waking whoever is due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.until > end) break;
      this.now = Math.max(this.now, next.until);
      next.wake();
      await this.settle();
    }
    this.now = end;
  }

  /** Moves the clock from sleeper to sleeper until the work is done. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (let idle = 0; !isDone; ) {
      await this.settle();
      const next = this.#next();
      if (next === undefined) {
        if (isDone) break;
        // The work may wait for a real socket meanwhile.
        idle += 1;
        if (idle > 2_000) throw new Error('Nothing sleeps, and the work is not done');
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      idle = 0;
      this.now = Math.max(this.now, next.until);
      next.wake();
    }
    return done;
  }

  /** Lets everything run that does not sleep. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #next(): Sleeper | undefined {
    return Array.from(this.#sleepers).sort((a, b) => a.until - b.until)[0];
  }
}
