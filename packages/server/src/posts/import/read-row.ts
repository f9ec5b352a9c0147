import { type ImportRow, ImportRowSchema } from '@greenroom/contract';
import { readMoment } from '@greenroom/contract/local-time';
import { toPointer } from '../../http/pointer.ts';
import type { RawRow } from './raw-row.ts';
import { blocking, type RowProblem } from './row-problem.ts';

/** What a row says, as far as it can be told without looking anything up. */
export interface ReadRow {
  readonly row: ImportRow;
  /** Null: at once. */
  readonly publishAt: Date | null;
}

/**
 * Reads a row by its schema, and its moment by its time zone.
 *
 * @param timeZone - Zone of the times that name neither a zone nor an offset.
 * @returns What it says, or everything that is wrong with it.
 */
export function readRow(raw: RawRow, timeZone: string | null): ReadRow | readonly RowProblem[] {
  if (raw.problems.length > 0) return raw.problems;
  const parsed = ImportRowSchema.safeParse(raw.fields);
  if (!parsed.success) {
    const { issues } = parsed.error;
    return issues.flatMap((issue) => toProblems(issue, raw.fields)).slice(0, MOST_NAMED);
  }
  const row = parsed.data;
  if (row.publish_at === null) return { row, publishAt: null };
  const publishAt = readMoment(row.publish_at, row.time_zone, timeZone);
  if (publishAt instanceof Date) return { row, publishAt };
  const field = publishAt.code === 'time_zone_unknown' ? '/time_zone' : '/publish_at';
  return [blocking(publishAt.code, field, publishAt.words, publishAt.remedy)];
}

// A row of a million unknown fields is not answered with a million sentences.
const MOST_NAMED = 20;

type Issue = NonNullable<ReturnType<typeof ImportRowSchema.safeParse>['error']>['issues'][number];

function toProblems(issue: Issue, fields: RawRow['fields']): RowProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const words = `A row has no field ${JSON.stringify(key)}.`;
      return blocking('field_unknown', toPointer([key]), words, 'Leave it out.');
    });
  }
  const [field = ''] = issue.path;
  const isMissing = !Object.hasOwn(fields, field);
  const words = isMissing ? 'It is missing.' : `${issue.message}.`;
  return [blocking('field_invalid', toPointer(issue.path), words, 'Correct the field.')];
}
