import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Pieces that may lie about before they are collected. */
const MOST_BYTES = 16_000_000;

/**
 * Collects pieces of uploads that are written and done with, after so many bytes of them.
 *
 * Node gives each piece a buffer of its own, outside of V8's heap, which sees little reason to hurry: 64 MB of them
 * stood by before it looked. Looking at the young objects alone takes a millisecond.
 */
export class YoungGarbage {
  readonly #collect: () => void;
  #bytes = 0;

  constructor(collect = minorCollector()) {
    this.#collect = collect;
  }

  /** Counts a piece that is done with. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < MOST_BYTES) return;
    this.#bytes = 0;
    this.#collect();
  }
}

/** V8's collector, which a program gets by a flag that only shows in contexts made after it. */
function minorCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => void gc({ type: 'minor' }) : () => undefined;
}
