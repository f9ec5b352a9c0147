import { readFile } from 'node:fs/promises';
import type { InputOf, Operations } from '@greenroom/contract';
import { CommandError } from '../errors.ts';

/** What is imported, in one of its two forms. */
export type ImportFile = Pick<InputOf<Operations['checkImport']>, 'csv' | 'rows'>;

/**
 * Reads a file to import: JSON when it begins like it, a list of rows or an export; else CSV, as it is.
 *
 * @throws {CommandError} If it cannot be read, or is not in UTF-8.
 */
export async function readImportFile(path: string): Promise<ImportFile> {
  const text = decode(path, await read(path));
  if (!/^\s*[[{]/.test(text)) return { csv: text };
  const found = toRows(parse(path, text));
  if (found !== undefined) return { rows: found };
  throw new CommandError(`${path} holds no list of rows.`, {
    remedy: 'It is a JSON array of objects, or what "greenroom export --json" prints.',
  });
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CommandError(`${path} cannot be read.`, { cause });
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`${path} is not in UTF-8.`, {
      remedy: 'Save it again as “CSV UTF-8”: other encodings spoil letters and emoji.',
      cause,
    });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path} begins like JSON and is none.`, { cause });
  }
}

function toRows(value: unknown): Record<string, unknown>[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const list: unknown = 'items' in value ? value.items : value;
  if (!Array.isArray(list)) return undefined;
  return list.every(isRow) ? list : undefined;
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
