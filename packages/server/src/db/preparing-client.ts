import pg from 'pg';
import { DBOS_SCHEMA } from './dbos-schema.ts';

/**
 * A connection that parses and plans once what DBOS runs for each attempt: DBOS sends these statements as text, and
 * reading and planning them anew is half of what they cost.
 */
export class PreparingClient extends pg.Client {
  readonly #names = new Map<string, string>();

  // Typed as what takes whatever pg's own does: that has seven forms, of which one is looked at here.
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
