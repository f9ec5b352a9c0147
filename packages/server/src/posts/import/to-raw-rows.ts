import { MOST_IMPORT_ROWS } from '@greenroom/contract';
import type { ImportBody } from './judge-import.ts';
import type { RawRow } from './raw-row.ts';
import { readCsv } from './read-csv.ts';

/**
 * The rows of an import, numbered, in whichever form they came.
 *
 * @throws {ProblemError} `import-refused` for a CSV file that cannot be read.
 */
export function toRawRows({ csv, rows = [] }: ImportBody): RawRow[] {
  if (csv !== undefined) return readCsv(csv, MOST_IMPORT_ROWS);
  return rows.map((fields, index) => ({ row: index + 1, line: null, fields, problems: [] }));
}
