import { z } from 'zod';
import { isStorable } from './json-body.ts';
import { ProblemError } from './problem-error.ts';

/** A page of a list, as it goes over the wire. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/**
 * The cursors of one list: where the page before ended, by the columns that the list is sorted by.
 *
 * A cursor is opaque to callers and bound to its list. It is checked and not signed: whoever makes one
 * up begins to read elsewhere in the own list, and row-level security shows nothing else.
 *
 * @example
 * ```ts
 * const cursors = new Cursors('accounts', z.tuple([z.iso.datetime(), z.uuid()]));
 * const after = cursors.read(query.cursor); // [created_at, id] of the last row seen, or undefined
 * // … order by created_at desc, id desc limit query.limit + 1
 * return cursors.page(rows, query.limit, (row) => [row.created_at.toISOString(), row.id], toWire);
 * ```
 */
export class Cursors<Key extends readonly [string | number, ...(string | number)[]]> {
  readonly #list: string;
  readonly #schema: z.ZodType<Key>;

  constructor(list: string, schema: z.ZodType<Key>) {
    this.#list = list;
    this.#schema = schema;
  }

  /**
   * The sort key that a cursor stands for; `undefined` without one.
   *
   * @throws {ProblemError} `invalid-cursor`.
   */
  read(cursor: string | undefined): Key | undefined {
    if (cursor === undefined) return undefined;
    const parsed = z.tuple([z.literal(this.#list), this.#schema]).safeParse(decode(cursor));
    if (parsed.success && parsed.data[1].every(isComparable)) return parsed.data[1];
    throw new ProblemError('invalid-cursor', 'The cursor is not one that this list gave.', {
      errors: [{ in: 'query', pointer: '/cursor', detail: 'Pass `next_cursor` on as it came.' }],
    });
  }

  /** Cuts `rows`, of which one more than `limit` was asked for, into a page. */
  page<Row, Item>(
    rows: readonly Row[],
    limit: number,
    keyOf: (row: Row) => Key,
    toItem: (row: Row) => Item,
  ): Page<Item> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return {
      items: shown.map(toItem),
      next_cursor: hasMore ? this.#write(keyOf(last)) : null,
    };
  }

  #write(key: Key): string {
    return Buffer.from(JSON.stringify([this.#list, key])).toString('base64url');
  }
}

/** Whether the database can compare something with it. */
function isComparable(part: string | number): boolean {
  return typeof part === 'number' || isStorable(part);
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    // Anything but an array of ours is refused by the schema that reads it.
    return undefined;
  }
}
