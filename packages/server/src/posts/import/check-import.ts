import type { AnswerOf, Operations } from '@greenroom/contract';
import type { Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { forecastPosts } from '../../publishing/limits/forecast-posts.ts';
import { isLoopback } from '../judge-post.ts';
import type { CreatorAnswers } from './ask-creators.ts';
import {
  type ImportBody,
  type ImportedRow,
  isRefused,
  judgeImport,
  resolveImport,
} from './judge-import.ts';
import type { JudgedRow } from './judge-row.ts';
import { toRawRows } from './to-raw-rows.ts';

type CheckBody = AnswerOf<Operations['checkImport']>['body'];

/** Judges every row of an import as taking it would. */
export async function judgeBody(
  { clock, config }: Pick<Services, 'clock' | 'config'>,
  tx: Transaction,
  body: ImportBody,
  creators: CreatorAnswers | undefined,
): Promise<ImportedRow<JudgedRow>[]> {
  return judgeImport(tx, await resolveImport(tx, toRawRows(body), body), {
    creators: creators ?? new Map(),
    declarations: body.declarations,
    now: clock.now(),
    allowLoopback: isLoopback(config.tiktokApiUrl),
    allowDuplicates: body.allow_duplicates,
  });
}

/** Says what an import would do, row by row, and when each could go out. Nothing is stored. */
export async function checkImport(
  services: Pick<Services, 'clock' | 'config'>,
  tx: Transaction,
  body: ImportBody,
  creators: CreatorAnswers | undefined,
): Promise<CheckBody> {
  const rows = await judgeBody(services, tx, body, creators);
  const moments = await forecastRows(tx, rows);
  const checked = rows.map((row) => toCheckedRow(row, moments.get(row.row)));
  const refused = rows.filter(isRefused).length;
  return {
    is_ready: refused === 0,
    goes_out: checked.filter(({ verdict }) => verdict === 'goes_out').length,
    held: checked.filter(({ verdict }) => verdict === 'held').length,
    refused,
    required_declarations: listDeclarations(rows),
    rows: checked,
  };
}

/** What becomes of a row, in the words of the API. */
export function verdictOf(row: ImportedRow<JudgedRow>): CheckBody['rows'][number]['verdict'] {
  if (isRefused(row)) return 'refused';
  return row.known?.verdict?.state === 'scheduled' ? 'goes_out' : 'held';
}

type Moment = Pick<CheckBody['rows'][number], 'goes_out_at' | 'reasons'>;

/** When rows can go out that lack nothing but consent, each behind all that waits already; by their numbers. */
async function forecastRows(
  tx: Transaction,
  rows: readonly ImportedRow<JudgedRow>[],
): Promise<ReadonlyMap<number, Moment>> {
  const going = rows.flatMap((row) =>
    row.known !== undefined && lacksNoChoice(row) ? { row: row.row, known: row.known } : [],
  );
  if (going.length === 0) return new Map();
  const posts = going.map(({ known }) => ({ ...known.content, publish_at: known.publishAt }));
  const entries = await forecastPosts(tx, { postIds: [], posts });
  return new Map(
    entries.flatMap(({ goes_out_at, reasons }, index) => {
      const row = going[index]?.row;
      return row === undefined ? [] : [[row, { goes_out_at, reasons }]];
    }),
  );
}

function toCheckedRow(
  row: ImportedRow<JudgedRow>,
  { goes_out_at, reasons }: Moment = { goes_out_at: null, reasons: [] },
): CheckBody['rows'][number] {
  return {
    row: row.row,
    line: row.line,
    verdict: verdictOf(row),
    account_id: row.known?.account.id ?? null,
    publish_at: row.known?.publishAt?.toISOString() ?? null,
    goes_out_at,
    reasons,
    problems: [...row.problems],
  };
}

/** What a person must agree to so that all rows go out that lack nothing else. */
function listDeclarations(rows: readonly ImportedRow<JudgedRow>[]): string[] {
  const complete = rows.filter(lacksNoChoice);
  return [...new Set(complete.flatMap(({ known }) => known?.requiredDeclaration ?? []))];
}

/** Whether nothing keeps a row from going out, or nothing but consent. */
function lacksNoChoice({ problems }: ImportedRow<JudgedRow>): boolean {
  return problems.every(({ code, is_blocking }) => !is_blocking || code === 'consent_missing');
}
