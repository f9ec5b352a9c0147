import { CsvError, parse } from 'csv-parse/sync';
import { toPointer } from '../../http/pointer.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { type Column, columnNames } from './columns.ts';
import type { RawRow } from './raw-row.ts';
import { blocking } from './row-problem.ts';
import { toField } from './to-field.ts';

/**
 * Reads a CSV file: in UTF-8 with or without a byte order mark, any line ends, cells apart by commas, semicolons or
 * tabs. Rows of empty cells are passed over.
 *
 * @param most - Rows that are taken.
 * @throws {ProblemError} `import-refused` for a file of no such form, or with columns that there are not.
 */
export function readCsv(text: string, most: number): RawRow[] {
  const [headings, ...records] = parseRecords(text, most);
  const names = readHeadings(headings?.cells ?? []);
  if (records.length > most) throw refuse(`There are more than ${most} rows.`);
  const rows = records.filter(({ cells }) => cells.some((cell) => cell !== ''));
  if (rows.length === 0) throw refuse('There is no row below the headings.');
  return rows.map((record, index) => toRow(record, index + 1, names));
}

interface CsvRecord {
  readonly cells: readonly string[];
  /** Line on which it begins. */
  readonly line: number;
}

function parseRecords(text: string, most: number): CsvRecord[] {
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter: findDelimiter(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // Headings, and one row too many: a body of line ends alone is not to fill the memory.
      to: most + 2,
    });
    // With `info` each entry carries where it ends; the types know the entries of the other form only.
    return withLines(text, parsed as unknown as readonly ParsedRecord[]);
  } catch (error) {
    if (error instanceof CsvError) throw refuse(explain(error), error);
    throw error;
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly bytes: number };
}

/** The parser's own count of lines takes a CRLF within quotes for two. */
function withLines(text: string, parsed: readonly ParsedRecord[]): CsvRecord[] {
  const bytes = Buffer.from(text);
  let start = 0;
  let line = 1;
  return parsed.map(({ info, record }) => {
    const slice = bytes.toString('utf8', start, info.bytes);
    const [blank = ''] = /^[\r\n]*/.exec(slice) ?? [];
    const begins = line + countLines(blank);
    start = info.bytes;
    line += countLines(slice);
    return { cells: record, line: begins };
  });
}

function countLines(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** No name of a column holds one, so the first in the headings is it. */
function findDelimiter(text: string): string {
  const [headings = ''] = text.split(/[\r\n]/, 1);
  return /[,;\t]/.exec(headings)?.[0] ?? ',';
}

/** The parser's words name the cell, not what to do; and only its line helps to find it. */
function explain({ code, ...facts }: CsvError): string {
  const line = typeof facts['lines'] === 'number' ? ` at line ${facts['lines']}` : '';
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `A quote is opened${line} and never closed.`;
  return `The quotes${line} make no sense: a cell that holds quotes, line ends or delimiters stands in quotes, and each quote in it is doubled.`;
}

// A heading of a million names is not answered with all of them.
const MOST_NAMED = 20;

function readHeadings(cells: readonly string[]): Column[] {
  const known = new Map<string, Column>(columnNames.map((name) => [name, name]));
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const unknown = names.filter((name) => !known.has(name)).slice(0, MOST_NAMED);
  if (unknown.length > 0) {
    throw refuse(
      `There are columns that an import does not know: ${unknown.map((name) => JSON.stringify(name)).join(', ')}. It knows ${columnNames.join(', ')}.`,
    );
  }
  const twice = [...known.keys()].filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice.length > 0) throw refuse(`Columns that are there twice: ${twice.join(', ')}.`);
  if (!names.includes('account')) throw refuse('There is no column account.');
  return names.flatMap((name) => known.get(name) ?? []);
}

function toRow({ cells, line }: CsvRecord, row: number, names: readonly Column[]): RawRow {
  if (cells.length !== names.length) {
    const words = `The row has ${cells.length} cells, and there are ${names.length} columns.`;
    const remedy = 'Put cells that hold delimiters in quotes.';
    return { row, line, fields: {}, problems: [blocking('cells_uneven', '', words, remedy)] };
  }
  const read = names.map((name, index) => ({ name, ...toField(name, cells[index] ?? '') }));
  return {
    row,
    line,
    fields: Object.fromEntries(
      read.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
    problems: read.flatMap(({ problem }) => problem ?? []),
  };
}

function refuse(detail: string, cause?: Error): ProblemError {
  const pointer = toPointer(['csv']);
  return new ProblemError('import-refused', detail, {
    errors: [{ in: 'body', pointer, detail }],
    ...(cause === undefined ? {} : { cause }),
  });
}
