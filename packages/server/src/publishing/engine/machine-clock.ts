import { performance } from 'node:perf_hooks';

/** Notices that the machine's clock was set back. */
export class MachineClock {
  #ahead = ahead();

  /** Whether it was, by more than a second, since this was asked last. */
  wasSetBack(): boolean {
    const former = this.#ahead;
    this.#ahead = ahead();
    return former - this.#ahead > NOTICED_MS;
  }
}

/** A clock that runs a little fast or slow is led back by less than that. */
const NOTICED_MS = 1_000;

/** By how much the machine's clock is ahead of one that nobody sets. */
function ahead(): number {
  return Date.now() - performance.now();
}
