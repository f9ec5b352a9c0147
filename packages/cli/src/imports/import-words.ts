import type { Operations, OutputOf } from '@greenroom/contract';
import { toTable } from '../output.ts';

/** What a check of an import says. */
export type ImportCheck = OutputOf<Operations['checkImport']>;
/** What an import has made. */
export type Imported = OutputOf<Operations['createImport']>;

type CheckedRow = ImportCheck['rows'][number];

/** Shows what would become of every row. */
export function describeCheck(check: ImportCheck): string {
  const { goes_out, held, refused, required_declarations: required, rows } = check;
  return [
    toTable(
      ['row', 'line', 'verdict', 'goes out', 'why'],
      rows.map((row) => [
        String(row.row),
        String(row.line ?? ''),
        row.verdict.replace('_', ' '),
        row.goes_out_at ?? '',
        toWords(row),
      ]),
    ),
    `${goes_out} go out, ${held} wait for a person, ${refused} are refused.`,
    ...required.map((one) => `To go out, rows need somebody who agrees: ${one}`),
  ].join('\n');
}

// More than a screen of them helps nobody.
const MOST_SHOWN = 20;

/** Shows the rows that keep an import from being taken. */
export function describeRefusal({ refused, rows }: ImportCheck): string {
  const shown = rows.filter(({ verdict }) => verdict === 'refused').slice(0, MOST_SHOWN);
  const rest = refused - shown.length;
  return [
    ...shown.map((row) => `  Row ${row.row}${toPlace(row)}: ${toWords(row)}`),
    ...(rest === 0 ? [] : [`  ${rest} more rows are refused.`]),
  ].join('\n');
}

function toPlace({ line }: CheckedRow): string {
  return line === null ? '' : ` (line ${line})`;
}

function toWords({ problems, reasons }: CheckedRow): string {
  return [
    ...problems.map(({ pointer, words }) => `${pointer === '' ? '' : `${pointer} `}${words}`),
    ...reasons.map(({ words }) => words),
  ].join(' ');
}
