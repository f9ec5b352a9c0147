import { randomUUID } from 'node:crypto';
import type { PostState } from '@greenroom/contract';
import { sql } from 'kysely';
import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';
import { movePost, type PostChange } from '../../posts/move-post.ts';
import type { ReasonCode } from '../../posts/reasons.ts';
import type { StateDetails } from '../../posts/tables.ts';
import type { AttemptRun } from './attempt-run.ts';
import { type AttemptEnd, endAttempt, LostAttempt, readAttempt } from './attempt-store.ts';
import {
  beginAttempt,
  NEXT_POST,
  type NextPost,
  startNextAttempt,
  takeCaps,
} from './start-attempt.ts';
import type { Wait } from './wait-in-line.ts';

// How a run ends. Each moves the post, ends the attempt and lets the account's next post begin, in the caller's
// transaction: post first, then attempt, then the ledger's rows.

/**
 * The fence is passed: from here on TikTok is only asked.
 *
 * @param bytes - What TikTok has confirmed; left out where the answer to the last chunk was lost, or TikTok pulls.
 */
export async function passFence(tx: Transaction, run: AttemptRun, bytes?: number): Promise<void> {
  const confirmed = bytes === undefined ? {} : { bytes_confirmed: bytes };
  const isUnclear = bytes === undefined && run.attempt.source === 'FILE_UPLOAD';
  await Promise.all([
    move(tx, run, 'processing', 'fence_passed', {}, { ...askLater(run), ...confirmed }),
    endAttempt(tx, run, { outcome: 'accepted', bytes, keepsUpload: isUnclear }),
  ]);
  await startNextAttempt(run.services, tx, run.accountId);
}

/** Nothing was made: the post goes back into the queue, and comes again by itself. */
export async function putBack(
  tx: Transaction,
  run: AttemptRun,
  wait: Wait,
  end: AttemptEnd,
): Promise<void> {
  if (await isCancelAsked(tx, run)) return cancel(tx, run, end);
  await queueAgain(tx, run, wait);
  await finish(tx, run, end);
}

/** A person wished to cancel while init was under way, and nothing was made of it. */
async function cancel(tx: Transaction, run: AttemptRun, end: AttemptEnd): Promise<void> {
  await move(tx, run, 'canceled', 'canceled', {});
  await finish(tx, run, end);
}

async function isCancelAsked(tx: Transaction, { postId }: AttemptRun): Promise<boolean> {
  const query = preparedQuery<{ is_asked: boolean }>('is_cancel_asked', CANCEL_ASKED, [postId]);
  return (await tx.executeQuery(query)).rows[0]?.is_asked ?? false;
}

const CANCEL_ASKED =
  'select cancel_asked_at is not null as is_asked from posts where id = $1 for update';

async function queueAgain(tx: Transaction, run: AttemptRun, wait: Wait): Promise<void> {
  const { accountId, attemptId, postId } = run;
  const set = { not_before: wait.until, wait_reason: wait.reason };
  await move(tx, run, 'queued', wait.reason, {}, set);
  const details = { reason: wait.reason, until: wait.until.toISOString() };
  await recordEvent(tx, { type: 'post.waits', postId, accountId, attemptId, details });
}

/** A person has to do something first; who wished to cancel it has nothing to do any more. */
export async function hold(
  tx: Transaction,
  run: AttemptRun,
  reason: ReasonCode,
  details: StateDetails,
  end: AttemptEnd,
): Promise<void> {
  if (await isCancelAsked(tx, run)) return cancel(tx, run, end);
  await move(tx, run, 'held', reason, details);
  await finish(tx, run, end);
}

/** TikTok refused for good. */
export async function fail(
  tx: Transaction,
  run: AttemptRun,
  reason: ReasonCode,
  details: StateDetails,
  end: AttemptEnd,
): Promise<void> {
  await move(tx, run, 'failed', reason, details);
  await finish(tx, run, end);
}

/** It may have been posted, and nothing says so yet. Its place under the caps stays taken. */
export async function leaveUnknown(
  tx: Transaction,
  run: AttemptRun,
  reason: ReasonCode,
  end: AttemptEnd,
): Promise<void> {
  await move(tx, run, 'unknown', reason, toDetails(end), ASK_SOON);
  await endAttempt(tx, run, end);
  await startNextAttempt(run.services, tx, run.accountId);
}

/**
 * This attempt can never post: a new one begins, after some in a row a while later. What TikTok may have of it counts
 * until TikTok gives it up, and the new one takes a place of its own before TikTok is asked anything again.
 */
export async function tryAnew(tx: Transaction, run: AttemptRun, end: AttemptEnd): Promise<void> {
  if (await isCancelAsked(tx, run)) return cancel(tx, run, end);
  const query = preparedQuery<PostAnew>('read_post_anew', POST_ANEW, [run.postId]);
  const [post] = (await tx.executeQuery(query)).rows;
  if (post === undefined) throw new LostAttempt(run.attemptId);
  await endAttempt(tx, run, end);
  await run.services.ledger.letCapsRunOut(tx, run.attemptId);
  const attemptId = randomUUID();
  const wait = pauseOf(run, post) ?? (await takeCaps(run.services, tx, post, attemptId));
  if (wait !== undefined) {
    await queueAgain(tx, run, wait);
    await startNextAttempt(run.services, tx, run.accountId);
    return;
  }
  await beginAttempt(run.services, tx, post, {
    attemptId,
    from: 'publishing',
    reason: 'new_attempt',
  });
}

/** A post, and how many of its attempts of a day ended in nothing. */
interface PostAnew extends NextPost {
  readonly in_vain: number;
}

const POST_ANEW = `
select ${NEXT_POST}, (select count(*)::int from attempts a
    where a.post_id = p.id and a.outcome in ('init_unclear', 'upload_dead')
      and a.ended_at > app_now() - interval '1 day') as in_vain
from posts p where p.id = $1 and p.state = 'publishing' for update of p`;

const AT_ONCE = 3;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** A post that meets the same again and again lets those behind it pass. */
function pauseOf({ services }: AttemptRun, { in_vain: former }: PostAnew): Wait | undefined {
  const inVain = former + 1;
  if (inVain <= AT_ONCE) return undefined;
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (inVain - AT_ONCE - 1), LONGEST_PAUSE_MS);
  return { reason: 'new_attempt', until: new Date(services.clock.now().getTime() + pauseMs) };
}

/** Facts of an end that words are made of. */
function toDetails({ code, logId }: AttemptEnd): StateDetails {
  return {
    ...(code === undefined ? {} : { code }),
    ...(logId === undefined ? {} : { log_id: logId }),
  };
}

const ASK_SOON = { polls: 0, next_poll_at: sql<Date>`app_now() + interval '1 second'` };
const LONGEST_ASKING_PAUSE_S = 60;

/** A run that only found that TikTok must be asked is followed by another one when bytes are missing: less and less often. */
function askLater({ attempt: { runs } }: AttemptRun): PostChange {
  const pauseS = Math.min(2 ** (runs - 1), LONGEST_ASKING_PAUSE_S);
  const at = sql<Date>`app_now() + ${pauseS}::float8 * interval '1 second'`;
  return { ...ASK_SOON, next_poll_at: at };
}

async function move(
  tx: Transaction,
  { attemptId, postId }: AttemptRun,
  to: PostState,
  reason: ReasonCode,
  details: StateDetails,
  set: PostChange = {},
): Promise<void> {
  const isMoved = await movePost(tx, {
    postId,
    from: 'publishing',
    to,
    reason,
    details,
    set,
    attemptId,
  });
  if (!isMoved) throw new LostAttempt(attemptId);
}

async function finish(tx: Transaction, run: AttemptRun, end: AttemptEnd): Promise<void> {
  const { ledger } = run.services;
  const { init_sent_at: sentAt } = await readAttempt(tx, run);
  await endAttempt(tx, run, end);
  if (sentAt === null) await ledger.giveBackCaps(tx, run.attemptId);
  else await ledger.letCapsRunOut(tx, run.attemptId);
  await startNextAttempt(run.services, tx, run.accountId);
}
