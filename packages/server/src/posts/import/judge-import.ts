import type { BodyOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../../db/database.ts';
import { readCatalog } from './catalog.ts';
import { findDuplicateRows } from './duplicate-rows.ts';
import { type JudgedRow, type JudgeOptions, judgeRow } from './judge-row.ts';
import type { RawRow } from './raw-row.ts';
import { type ReadRow, readRow } from './read-row.ts';
import { type ResolvedRow, resolveRow } from './resolve-row.ts';
import type { RowProblem } from './row-problem.ts';

/** What is imported, as the contract has it. */
export type ImportBody = BodyOf<Operations['checkImport']>;

/** A row with everything that is known of it so far. */
export interface ImportedRow<Known> {
  readonly row: number;
  readonly line: number | null;
  /** Missing: it cannot become a post, and the problems say why. */
  readonly known?: Known;
  readonly problems: readonly RowProblem[];
}

/** Reads rows and finds what they name. No rule has seen them yet. */
export async function resolveImport(
  tx: Transaction,
  rows: readonly RawRow[],
  { time_zone: timeZone }: Pick<ImportBody, 'time_zone'>,
): Promise<ImportedRow<ResolvedRow>[]> {
  const read = rows.map((raw) => advance<ReadRow>(raw, readRow(raw, timeZone)));
  const catalog = await readCatalog(
    tx,
    read.flatMap(({ known }) => known ?? []),
  );
  return read.map(({ known, ...rest }) =>
    known === undefined ? rest : advance<ResolvedRow>(rest, resolveRow(known, catalog)),
  );
}

/** Judges what was resolved by all rules of single posts, and rows by each other. */
export async function judgeImport(
  tx: Transaction,
  rows: readonly ImportedRow<ResolvedRow>[],
  options: JudgeOptions & { readonly allowDuplicates: boolean },
): Promise<ImportedRow<JudgedRow>[]> {
  const judged = rows.map(({ known, ...rest }): ImportedRow<JudgedRow> => {
    if (known === undefined) return rest;
    const found = judgeRow(known, options);
    return { ...rest, known: found, problems: found.problems };
  });
  if (options.allowDuplicates) return judged;
  const going = judged.flatMap(({ row, known }) =>
    known?.verdict?.state === 'scheduled' ? { row, judged: known } : [],
  );
  const duplicates = await findDuplicateRows(tx, going, options.now);
  return judged.map((one) => refuseFor(one, duplicates.get(one.row)));
}

/** Whether a row keeps the whole import from being taken. */
export function isRefused({ known }: ImportedRow<JudgedRow>): boolean {
  return known?.verdict === undefined;
}

function advance<Known extends object>(
  { row, line }: Pick<RawRow, 'row' | 'line'>,
  found: Known | readonly RowProblem[],
): ImportedRow<Known> {
  return isProblems(found)
    ? { row, line, problems: found }
    : { row, line, known: found, problems: [] };
}

function isProblems(found: object): found is readonly RowProblem[] {
  return Array.isArray(found);
}

function refuseFor(
  row: ImportedRow<JudgedRow>,
  problem: RowProblem | undefined,
): ImportedRow<JudgedRow> {
  if (problem === undefined || row.known === undefined) return row;
  const known = { ...row.known, verdict: undefined };
  return { ...row, known, problems: [...row.problems, problem] };
}
