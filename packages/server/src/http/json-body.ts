import type { ProblemField } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { toPointer } from './pointer.ts';
import { ProblemError } from './problem-error.ts';

/** How deep lists and objects of a body may be in each other. No body of the contract comes near. */
const MOST_NESTED = 32;

/** Takes bodies as JSON in UTF-8, and nothing else. */
export function acceptJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      // `parseAs: 'buffer'` gives a buffer; the type knows both.
      done(null, parseJson(body as Buffer));
    } catch (error) {
      // Everything that parseJson throws is an error.
      done(error as Error);
    }
  });
}

/**
 * Reads a JSON body, and refuses what no field could hold: broken UTF-8, null characters and half
 * surrogates, which PostgreSQL does not store, and names that reach for prototypes.
 *
 * @throws {ProblemError} `malformed-body`, or `invalid-request` when a field can be named.
 */
function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw malformed('The body is empty.');
  const value = readJson(decode(bytes));
  requireStorable(value, 'body');
  return value;
}

/**
 * Refuses texts that PostgreSQL cannot store, wherever they are in a value.
 *
 * @throws {ProblemError} As {@link parseJson}.
 */
export function requireStorable(value: unknown, place: ProblemField['in']): void {
  const bad = findUnstorable(value, [], MOST_NESTED);
  if (bad === undefined) return;
  const error = { in: place, pointer: toPointer(bad.path), detail: bad.detail };
  throw new ProblemError('invalid-request', `${place} ${error.pointer}: ${bad.detail}`, {
    errors: [error],
  });
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The body is not valid UTF-8.');
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, which may hold a secret.
    throw malformed('The body is not valid JSON.');
  }
}

interface Unstorable {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

function findUnstorable(
  value: unknown,
  path: readonly PropertyKey[],
  depthLeft: number,
): Unstorable | undefined {
  if (typeof value === 'string')
    return isStorable(value) ? undefined : { path, detail: UNSTORABLE };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depthLeft === 0) throw malformed(`The body is nested deeper than ${MOST_NESTED} levels.`);
  for (const [name, child] of Object.entries(value)) {
    const childPath = [...path, name];
    // JSON.parse makes it a plain field, but whatever merges objects later would reach the prototype.
    if (name === '__proto__') return { path: childPath, detail: 'This name is not allowed.' };
    if (!isStorable(name)) return { path: childPath, detail: UNSTORABLE };
    const bad = findUnstorable(child, childPath, depthLeft - 1);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

const UNSTORABLE = 'It holds a null character or half a surrogate pair.';

/** Whether PostgreSQL can store a text. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function malformed(detail: string): ProblemError {
  return new ProblemError('malformed-body', detail);
}
