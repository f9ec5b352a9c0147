import type { Selectable } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';
import { findPostOfAttempt, type StoredPost } from '../../posts/get-post.ts';
import type { AttemptsTable } from '../../posts/tables.ts';

/** An attempt as it is stored. */
export type AttemptRow = Selectable<AttemptsTable>;

/**
 * What a run of an attempt writes by. An attempt obeys the run that began last: what a former one writes finds no row,
 * for it was taken for dead, or the attempt was ended by somebody else.
 */
export interface Runner {
  readonly attemptId: string;
  readonly postId: string;
  readonly runner: string;
}

/** The attempt does not obey this run any more. There is nothing to do: somebody else goes on, or it is over. */
export class LostAttempt extends Error {
  override readonly name = 'LostAttempt';

  constructor(attemptId: string) {
    super(`The attempt ${attemptId} was ended, or another run goes on with it`);
  }
}

/** Makes an attempt obey this run, if it is open and its post is being published; reads both. */
export async function takeAttempt(
  tx: Transaction,
  attemptId: string,
  runner: string,
): Promise<{ readonly attempt: AttemptRow; readonly post: StoredPost } | undefined> {
  const query = preparedQuery<AttemptRow>('take_attempt', TAKE, [attemptId, runner]);
  // Sent together, and read one after the other: the post when it is locked.
  const [taken, post] = await Promise.all([
    tx.executeQuery(query),
    findPostOfAttempt(tx, attemptId),
  ]);
  const [attempt] = taken.rows;
  return attempt && post && { attempt, post };
}

/** Reads an attempt as it is now. @throws {LostAttempt} */
export async function readAttempt(
  tx: Transaction,
  { attemptId, runner }: Runner,
): Promise<AttemptRow> {
  const query = preparedQuery<AttemptRow>('read_attempt', READ, [attemptId, runner]);
  const [attempt] = (await tx.executeQuery(query)).rows;
  if (attempt === undefined) throw new LostAttempt(attemptId);
  return attempt;
}

/** Commits the intent: an init is about to be sent. @throws {LostAttempt} */
export async function markInitSent(tx: Transaction, runner: Runner): Promise<void> {
  await require(tx, runner, 'mark_init_sent', MARK_INIT_SENT);
}

/** Notes that nothing was made: an init was definitely refused, or never left. @throws {LostAttempt} */
export async function clearInitSent(tx: Transaction, runner: Runner): Promise<void> {
  await require(tx, runner, 'clear_init_sent', CLEAR_INIT_SENT);
}

/** What an accepted init gave. */
export interface InitAnswer {
  readonly publishId: string;
  /** The SDK's checkpoint with its `upload_url`; `null`: TikTok pulls. */
  readonly uploadSealed: Buffer | null;
  readonly uploadExpiresAt: Date | null;
  /** Whether the next bytes that are sent are the last ones. */
  readonly isFenced: boolean;
}

/** Stores what init returned, before anything follows from it. Storing it twice does no harm. @throws {LostAttempt} */
export async function storeInitAnswer(
  tx: Transaction,
  runner: Runner,
  { isFenced, publishId, uploadExpiresAt, uploadSealed }: InitAnswer,
): Promise<void> {
  const values = [publishId, uploadSealed, uploadExpiresAt, isFenced, runner.postId];
  await require(tx, runner, 'store_init_answer', STORE_INIT_ANSWER, values);
}

/** Stores how far an upload is, and whether what is sent next is the last chunk. @throws {LostAttempt} */
export async function storeProgress(
  tx: Transaction,
  runner: Runner,
  { bytes, isFenced }: { readonly bytes: number; readonly isFenced: boolean },
): Promise<void> {
  await require(tx, runner, 'store_progress', STORE_PROGRESS, [bytes, isFenced, runner.postId]);
}

/** Lets an open attempt rest until then; a sweep lets it go on. @throws {LostAttempt} */
export async function putOff(tx: Transaction, runner: Runner, until: Date): Promise<void> {
  await require(tx, runner, 'put_off', PUT_OFF, [until]);
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** A short code. */
  readonly outcome: string;
  /** TikTok's code, or the SDK's. */
  readonly code?: string | undefined;
  readonly logId?: string | undefined;
  /** How many bytes TikTok has confirmed, where that is known now. */
  readonly bytes?: number | undefined;
  /** Whether its upload may have to go on, when TikTok says that bytes are missing. */
  readonly keepsUpload?: boolean | undefined;
}

/** Ends an attempt: it never acts again. The post was moved before, in the same transaction. @throws {LostAttempt} */
export async function endAttempt(
  tx: Transaction,
  runner: Runner & { readonly accountId: string },
  { bytes, code, keepsUpload = false, logId, outcome }: AttemptEnd,
): Promise<void> {
  const values = [outcome, code ?? null, logId ?? null, bytes ?? null, keepsUpload];
  await require(tx, runner, 'end_attempt', END, values);
  const { accountId, attemptId, postId } = runner;
  const details = { outcome, code: code ?? null, log_id: logId ?? null };
  await recordEvent(tx, { type: 'attempt.ended', postId, accountId, attemptId, details });
}

async function require(
  tx: Transaction,
  { attemptId, runner }: Runner,
  name: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<void> {
  const query = preparedQuery(name, text, [attemptId, runner, ...values]);
  const { rows } = await tx.executeQuery(query);
  if (rows.length === 0) throw new LostAttempt(attemptId);
}

const COLUMNS = `id, workspace_id, post_id, account_id, number, source, state, outcome, created_at, init_sent_at,
  init_answered_at, publish_id, upload_sealed, upload_expires_at, bytes_confirmed, fence_at, error_code, log_id,
  ended_at, runner, runs, resume_at`;

// The post first, as everywhere: whoever locks both does so in this order.
const TAKE = `
with post as materialized (
  select id from posts where id = (select post_id from attempts where id = $1)
    and attempt_id = $1 and state = 'publishing' for update)
update attempts set runner = $2, runs = runs + 1, resume_at = null
where id = $1 and state = 'open' and post_id in (select id from post)
returning ${COLUMNS}`;

// A run that rests, or is over, has let go.
const OBEYS = `where id = $1 and runner = $2 and state = 'open'`;

const READ = `select ${COLUMNS} from attempts ${OBEYS}`;

// TikTok counts from here on. The place under the caps was taken when the attempt began, and who waited for a worker or
// for a place to upload from since then has it no longer than anybody else.
const MARK_INIT_SENT = `
with marked as (
  update attempts set init_sent_at = app_now() ${OBEYS} and init_answered_at is null returning id),
place as (
  update cap_uses set taken_at = app_now() where attempt_id in (select id from marked))
select id from marked`;

const CLEAR_INIT_SENT = `
update attempts set init_sent_at = null ${OBEYS} and init_answered_at is null returning id`;

const STORE_INIT_ANSWER = `
with post as materialized (
  update posts set publish_id = $3, phase = 'transfer', updated_at = app_now()
  where id = $7 and attempt_id = $1 and state = 'publishing' returning id)
update attempts set init_answered_at = coalesce(init_answered_at, app_now()), publish_id = $3,
  upload_sealed = $4, upload_expires_at = $5, fence_at = case when $6 then app_now() end
${OBEYS} and init_sent_at is not null and (publish_id is null or publish_id = $3)
  and post_id in (select id from post) returning id`;

const STORE_PROGRESS = `
with post as materialized (
  update posts set bytes_confirmed = $3, updated_at = app_now()
  where id = $5 and attempt_id = $1 and state = 'publishing' returning id)
update attempts set bytes_confirmed = $3,
  fence_at = coalesce(fence_at, case when $4 then app_now() end)
${OBEYS} and post_id in (select id from post) returning id`;

const PUT_OFF = `update attempts set resume_at = $3 ${OBEYS} returning id`;

const END = `
update attempts set state = 'ended', outcome = $3, error_code = $4, log_id = $5, ended_at = app_now(),
  resume_at = null, bytes_confirmed = coalesce($6, bytes_confirmed),
  upload_sealed = case when $7 then upload_sealed end
${OBEYS} returning id`;
