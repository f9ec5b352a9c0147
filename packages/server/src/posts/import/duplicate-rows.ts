import type { Transaction } from '../../db/database.ts';
import { DUPLICATE_HOURS, findDuplicates } from '../duplicates.ts';
import type { JudgedRow } from './judge-row.ts';
import { blocking, type RowProblem } from './row-problem.ts';

/** A row that would go out, by its number. */
export interface GoingRow {
  readonly row: number;
  readonly judged: JudgedRow;
}

/**
 * Finds rows that would post what goes, or went, to the same account within a day: by a post that exists, or by
 * a row above.
 *
 * @returns What is wrong with them, by the rows’ numbers.
 */
export async function findDuplicateRows(
  tx: Transaction,
  rows: readonly GoingRow[],
  now: Date,
): Promise<ReadonlyMap<number, RowProblem>> {
  if (rows.length === 0) return new Map();
  const posts = await findDuplicates(
    tx,
    rows.map(({ judged: { account, contentHash, publishAt } }) => ({
      accountId: account.id,
      contentHash,
      publishAt,
    })),
  );
  const seen = new Map<string, GoingRow[]>();
  const problems = new Map<number, RowProblem>();
  for (const [index, going] of rows.entries()) {
    const post = posts[index];
    const above = rememberAndFind(seen, going, now);
    if (post !== undefined) problems.set(going.row, duplicateOf(`The post ${post}`));
    else if (above !== undefined) problems.set(going.row, duplicateOf(`Row ${above.row}`));
  }
  return problems;
}

/** The first row above that is the same within a day; this one is remembered for those below. */
function rememberAndFind(
  seen: Map<string, GoingRow[]>,
  going: GoingRow,
  now: Date,
): GoingRow | undefined {
  const { account, contentHash } = going.judged;
  const key = `${account.id} ${contentHash.toString('hex')}`;
  const same = seen.get(key) ?? [];
  seen.set(key, [...same, going]);
  const atMs = momentMs(going, now);
  return same.find((one) => Math.abs(momentMs(one, now) - atMs) < DUPLICATE_HOURS * 3_600_000);
}

function momentMs({ judged }: GoingRow, now: Date): number {
  return (judged.publishAt ?? now).getTime();
}

function duplicateOf(what: string): RowProblem {
  const words = `${what} has the same media and text for the same account, within ${DUPLICATE_HOURS} hours of this one.`;
  return blocking('duplicate', '', words, 'Take it out, or allow duplicates for this import.');
}
