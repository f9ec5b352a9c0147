import type pg from 'pg';
import { DBOS_SCHEMA } from './dbos-schema.ts';

/**
 * Has a connection parse and plan once what DBOS runs for each attempt: DBOS sends these statements as text, and reading
 * and planning them anew is half of what they cost.
 */
export function prepareDbosStatements(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const names = new Map<string, string>();
  const prepared = (text: unknown, values: unknown, ...rest: unknown[]) => {
    if (typeof text !== 'string' || !Array.isArray(values) || !OF_EACH_ATTEMPT.test(text)) {
      return query(text, values, ...rest);
    }
    // Its few shapes, however many a later version has.
    if (!names.has(text) && names.size < MOST) names.set(text, `dbos_${names.size}`);
    const name = names.get(text);
    return query({ text, values, ...(name && { name }) }, ...rest);
  };
  client.query = prepared as typeof client.query; // as: it takes and gives what pg's own does
}

const OF_EACH_ATTEMPT = new RegExp(
  `^(insert into|update) "${DBOS_SCHEMA}"\\.workflow_(status|input|output)\\b`,
  'i',
);
const MOST = 16;
