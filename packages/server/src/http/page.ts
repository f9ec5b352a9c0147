import { z } from 'zod';
import type { Position } from '../db/position.ts';
import { isStorable } from './json-body.ts';
import { ProblemError } from './problem-error.ts';

/** A page of a list, as it goes over the wire. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/**
 * The cursors of one list: the instant and id of the entry that the page before ended with.
 *
 * A cursor is opaque to callers and bound to its list. It is checked and not signed: whoever makes one
 * up begins to read elsewhere in the own list, and row-level security shows nothing else.
 *
 * @example
 * ```ts
 * const cursors = new Cursors('accounts', z.uuid());
 * const after = cursors.read(query.cursor); // { at, id } of the last row seen, or undefined
 * // … order by created_at desc, id desc limit query.limit + 1
 * return cursors.page(rows, query.limit, (row) => ({ at: row.created_at, id: row.id }), toWire);
 * ```
 */
export class Cursors<Id extends string | number> {
  readonly #list: string;
  readonly #id: z.ZodType<Id>;

  constructor(list: string, id: z.ZodType<Id>) {
    this.#list = list;
    this.#id = id;
  }

  /**
   * The position that a cursor stands for; `undefined` without one.
   *
   * @throws {ProblemError} `invalid-cursor`.
   */
  read(cursor: string | undefined): Position<Id> | undefined {
    if (cursor === undefined) return undefined;
    const place = z.tuple([z.iso.datetime(), this.#id]);
    const parsed = z.tuple([z.literal(this.#list), place]).safeParse(decode(cursor));
    if (parsed.success) {
      const [, [at, id]] = parsed.data;
      if (isComparable(id)) return { at: new Date(at), id };
    }
    throw new ProblemError('invalid-cursor', 'The cursor is not one that this list gave.', {
      errors: [{ in: 'query', pointer: '/cursor', detail: 'Pass `next_cursor` on as it came.' }],
    });
  }

  /** Cuts `rows`, of which one more than `limit` was asked for, into a page. */
  page<Row, Item>(
    rows: readonly Row[],
    limit: number,
    positionOf: (row: Row) => Position<Id>,
    toItem: (row: Row) => Item,
  ): Page<Item> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return {
      items: shown.map(toItem),
      next_cursor: hasMore ? this.#write(positionOf(last)) : null,
    };
  }

  #write({ at, id }: Position<Id>): string {
    return Buffer.from(JSON.stringify([this.#list, [at, id]])).toString('base64url');
  }
}

/** The position of a row in a list that is sorted by when its rows were made. */
export function positionOf(row: { readonly created_at: Date; readonly id: string }): Position {
  return { at: row.created_at, id: row.id };
}

/** Whether the database can compare something with it. */
function isComparable(id: string | number): boolean {
  return typeof id === 'number' || isStorable(id);
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    // Anything but an array of ours is refused by the schema that reads it.
    return undefined;
  }
}
