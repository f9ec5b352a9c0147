import { createHash } from 'node:crypto';
import type { TableSum } from './format.ts';

/** Counts and digests a table's rows as they pass. */
export class RowSum {
  readonly #hash = createHash('sha256');
  #rows = 0;

  /** Rows so far: each is a line, for `COPY` escapes the line ends within. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes in a part of the rows. */
  add(chunk: Buffer): void {
    this.#hash.update(chunk);
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
      this.#rows += 1;
    }
  }

  /** What came to pass. */
  total(name: string): TableSum {
    return { name, rows: this.#rows, sha256: this.#hash.digest('hex') };
  }
}

const NEWLINE = 0x0a;
