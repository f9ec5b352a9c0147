import type { RowProblem } from './row-problem.ts';

/** A row as it was sent, before anybody knows whether it makes sense. */
export interface RawRow {
  /** From 1; headings do not count. */
  readonly row: number;
  /** Line of the CSV file on which it begins. */
  readonly line: number | null;
  /** What stands in its fields. Those that are empty in a CSV file are left out. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What is wrong with its cells. */
  readonly problems: readonly RowProblem[];
}
