import { randomUUID } from 'node:crypto';
import type { AnswerOf, Operations, ProblemField } from '@greenroom/contract';
import { recordActivity } from '../../activity/record.ts';
import type { Transaction } from '../../db/database.ts';
import { toPointer } from '../../http/pointer.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { Services } from '../../http/services.ts';
import { type Principal, toActor } from '../../workspaces/principal.ts';
import { toConsent } from '../consent.ts';
import { insertPosts, type NewPost } from '../insert-posts.ts';
import type { CreatorAnswers } from './ask-creators.ts';
import { judgeBody, verdictOf } from './check-import.ts';
import { type ImportBody, type ImportedRow, isRefused } from './judge-import.ts';
import type { JudgedRow } from './judge-row.ts';

type CreatedBody = AnswerOf<Operations['createImport']>['body'];

/**
 * Makes a post of every row in the caller's transaction, or of none.
 *
 * @throws {ProblemError} `import-refused`, naming the rows that cannot be taken.
 */
export async function createImport(
  services: Services,
  tx: Transaction,
  call: {
    readonly principal: Principal;
    readonly body: ImportBody;
    /** Undefined: TikTok was not asked. */
    readonly creators: CreatorAnswers | undefined;
  },
): Promise<CreatedBody> {
  const { body, creators, principal } = call;
  const rows = await judgeBody(services, tx, body, creators);
  const refused = rows.filter(isRefused);
  if (refused.length > 0) throw refuse(refused, rows.length);
  const importId = randomUUID();
  const actor = toActor(principal);
  const ids = await insertPosts(
    tx,
    actor,
    rows.flatMap((row) => toNewPost(services, principal, row, importId)),
  );
  const posts = rows.map((row, index) => ({
    row: row.row,
    post_id: ids[index] ?? '',
    verdict: verdictOf(row),
  }));
  const goesOut = posts.filter(({ verdict }) => verdict === 'goes_out').length;
  const counts = { goes_out: goesOut, held: posts.length - goesOut };
  await recordActivity(tx, {
    actor,
    action: 'posts.imported',
    subjectId: importId,
    reason: 'import',
    details: { ...counts, declarations: listAgreed(rows) },
  });
  return { id: importId, ...counts, posts };
}

/** What posts carry of what was agreed to. */
function listAgreed(rows: readonly ImportedRow<JudgedRow>[]): string[] {
  return [...new Set(rows.flatMap(({ known }) => known?.declaration ?? []))];
}

function toNewPost(
  { clock }: Pick<Services, 'clock'>,
  principal: Principal,
  { known }: ImportedRow<JudgedRow>,
  importId: string,
): NewPost[] {
  if (known?.verdict === undefined) return [];
  const { content, contentHash, declaration, publishAt, verdict } = known;
  const isScheduled = verdict.state === 'scheduled';
  return [
    {
      content,
      ...verdict,
      consent: declaration === null ? null : toConsent(clock, principal, { declaration }),
      contentHash,
      // Thousands that are to go at once are queued by the sweep, like all that is due.
      publishAt: publishAt ?? (isScheduled ? clock.now() : null),
      importId,
    },
  ];
}

/** Rows that a refusal names: the check tells of all. */
const MOST_NAMED = 50;

function refuse(rows: readonly ImportedRow<JudgedRow>[], total: number): ProblemError {
  const errors = rows.slice(0, MOST_NAMED).flatMap(toErrors);
  const [first] = errors;
  const rest = rows.length === 1 ? '' : ` ${rows.length - 1} more rows are refused.`;
  return new ProblemError(
    'import-refused',
    `Nothing of the ${total} rows was stored. ${first?.detail ?? ''}${rest}`,
    { errors },
  );
}

function toErrors({ row, line, problems }: ImportedRow<JudgedRow>): ProblemField[] {
  const place = line === null ? `Row ${row}` : `Row ${row} (line ${line})`;
  return problems
    .filter(({ is_blocking }) => is_blocking)
    .map(({ pointer, remedy, words }) => ({
      in: 'body',
      pointer: line === null ? `${toPointer(['rows', row - 1])}${pointer}` : '/csv',
      detail: `${place}: ${words} ${remedy}`.trim(),
    }));
}
