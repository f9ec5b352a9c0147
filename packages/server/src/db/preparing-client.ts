import pg from 'pg';
import { DBOS_SCHEMA } from './dbos-schema.ts';

/**
 * A connection that parses and plans once what DBOS runs for each attempt: DBOS sends these statements as text, which
 * PostgreSQL would read and plan anew each time.
 */
export class PreparingClient extends pg.Client {
  readonly #names = new Map<string, string>();

  // Whoever calls sees pg's own types, which are those of a `pg.Client`: seven forms. Here only text with values is looked
  // at, and the rest passed on, for which `never` is the one return type that fits them all; nothing reads it.
  override query(...args: readonly unknown[]): never {
    const [text, values, ...rest] = args;
    const name = Array.isArray(values) ? this.#nameOf(text) : undefined;
    const given = name === undefined ? args : [{ name, text, values }, ...rest];
    return Reflect.apply(super.query, this, given) as never;
  }

  #nameOf(text: unknown): string | undefined {
    if (typeof text !== 'string' || !OF_EACH_ATTEMPT.test(text)) return undefined;
    // Their few shapes, however many a later version has.
    if (!this.#names.has(text) && this.#names.size < MOST) {
      this.#names.set(text, `dbos_${this.#names.size}`);
    }
    return this.#names.get(text);
  }
}

const OF_EACH_ATTEMPT = new RegExp(
  `^(insert into|update) "${DBOS_SCHEMA}"\\.workflow_(status|input|output)\\b`,
  'i',
);
const MOST = 16;
