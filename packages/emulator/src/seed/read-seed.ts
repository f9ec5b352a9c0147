import { readFile } from 'node:fs/promises';
import type { Document, LineCounter } from 'yaml';
import type { z } from 'zod';
import { findProblem } from '../control/apps.ts';
import { given } from '../control/given.ts';
import { newApp } from '../state/app.ts';
import type { SeedInput } from './seed-schema.ts';
import { SeedSchema } from './seed-schema.ts';

/** A seed that cannot be planted; its message names file, line and field. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/**
 * Reads a seed from a YAML (or JSON) file.
 *
 * @throws {SeedError} If it cannot be read, is no YAML, or holds what no seed may hold: every problem
 * is named with its file, line and field.
 */
export async function readSeedFile(path: string): Promise<SeedInput> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeedError(`${path}: cannot be read: ${reason}`, { cause: error });
  }
  return parseSeed(text, path);
}

/**
 * Reads a seed from YAML (or JSON) text.
 *
 * @param file - Its name in error messages.
 * @throws {SeedError} As {@link readSeedFile}.
 */
export async function parseSeed(text: string, file: string): Promise<SeedInput> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new SeedError(`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
  }
  const value = toValue(document, file);
  const problems = findProblems(value);
  if (problems.length === 0) return SeedSchema.parse(value);
  throw new SeedError(
    problems
      .map(({ path, message }) => {
        const place = `${file}:${lineOf(document, lines, path)}`;
        return path.length === 0
          ? `${place}: ${message}`
          : `${place}: ${toField(path)}: ${message}`;
      })
      .join('\n'),
  );
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // Aliases that multiply until they would fill the memory, for one.
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeedError(`${file}: is no seed: ${reason}`, { cause: error });
  }
}

/**
 * Checks a seed that was given as an object.
 *
 * @throws {SeedError} If it holds what no seed may hold.
 */
export function checkSeed(value: unknown): SeedInput {
  const problems = findProblems(value);
  if (problems.length === 0) return SeedSchema.parse(value);
  throw new SeedError(
    problems.map(({ path, message }) => `seed: ${toField(path)}: ${message}`).join('\n'),
  );
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function findProblems(value: unknown): Problem[] {
  const parsed = SeedSchema.safeParse(value);
  if (!parsed.success) return parsed.error.issues.flatMap(toProblems);
  const usernames = new Set([
    ...['public_creator', 'private_creator', 'limited_creator'],
    ...(parsed.data.creators ?? []).map(({ username }) => username),
  ]);
  return [
    ...(parsed.data.apps ?? []).flatMap(({ client_key, ...fields }, index) => {
      const message = findProblem({ ...newApp(client_key), ...given(fields) });
      return message === undefined ? [] : [{ path: ['apps', index], message }];
    }),
    ...(parsed.data.videos ?? []).flatMap(({ username }, index) =>
      usernames.has(username)
        ? []
        : [{ path: ['videos', index, 'username'], message: `there is no creator ${username}` }],
    ),
  ];
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    message: 'there is no such field',
  }));
}

/** The line of a field, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const offset = offsetOf(node);
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : undefined;
}

function toField(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
    )
    .join('');
}
