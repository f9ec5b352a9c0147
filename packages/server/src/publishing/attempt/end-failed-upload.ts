import { TikTokError, TikTokUploadError, TikTokValidationError } from '@greenroom/sdk';
import { AccountUnavailableError } from '../../accounts/broker/account-unavailable.ts';
import type { Transaction } from '../../db/database.ts';
import { MediaGoneError } from '../../media/store/media-store.ts';
import { lockPost } from '../../posts/get-post.ts';
import type { StateDetails } from '../../posts/tables.ts';
import { NotNow } from '../limits/not-now.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import { type AttemptEnd, putOff, readAttempt } from './attempt-store.ts';
import type { PostClient } from './client-for-post.ts';
import { fail, hold, passFence, tryAnew } from './end-run.ts';

/** What a failed upload makes of its attempt. */
export type UploadVerdict =
  /** Its URL is dead, and TikTok does not have everything: this attempt can never post. */
  | { readonly kind: 'anew' }
  /** TikTok may have everything, or has given the post up: only its status says which. */
  | { readonly kind: 'ask' }
  /** It goes on from where it stands, a little later. */
  | { readonly kind: 'later'; readonly until?: Date | undefined }
  /** The video is not what was to be sent, or not there, or the account is away: a person has to do something. */
  | {
      readonly kind: 'hold';
      readonly reason: 'media_gone' | 'media_changed' | 'reconnect_needed';
      readonly details?: StateDetails | undefined;
    }
  /** TikTok refuses the bytes. */
  | { readonly kind: 'fail' };

/**
 * Judges why an upload ended. Pure.
 *
 * Behind the fence TikTok may have everything, whatever has become of the file, the URL or the account here: nothing but
 * TikTok's status ends the attempt then.
 *
 * @param isFenced - Whether the last chunk may have been sent, by this run or by a former one.
 * @returns Nothing if the failure is a fault of ours.
 */
export function judgeUploadFailure(error: unknown, isFenced: boolean): UploadVerdict | undefined {
  const verdict = judge(error);
  const isOver = verdict !== undefined && verdict.kind !== 'later';
  return isFenced && (isOver || isOfSource(error)) ? { kind: 'ask' } : verdict;
}

function judge(error: unknown): UploadVerdict | undefined {
  if (error instanceof MediaGoneError) return { kind: 'hold', reason: 'media_gone' };
  if (error instanceof NotNow) return { kind: 'later', until: error.until };
  if (error instanceof AccountUnavailableError) return judgeAccount(error);
  if (!(error instanceof TikTokError)) return undefined;
  const { code } = error;
  if (/^upload_(url_expired|not_found)$/.test(code)) return { kind: 'anew' };
  if (/^upload_(task_failed|outcome_unknown)$/.test(code)) return { kind: 'ask' };
  if (error.isRetryable) return { kind: 'later' };
  if (/^source_(changed|too_short|too_long)$/.test(code)) {
    return { kind: 'hold', reason: 'media_changed' };
  }
  if (isOfSource(error) || error instanceof TikTokValidationError) {
    return { kind: 'hold', reason: 'media_gone' };
  }
  return error instanceof TikTokUploadError ? { kind: 'fail' } : { kind: 'later' };
}

/** Whether our own file is in the way: it may stay so for ever. */
function isOfSource(error: unknown): boolean {
  return error instanceof TikTokError && error.code.startsWith('source_');
}

function judgeAccount({ isRetryable, reason, retryAt }: AccountUnavailableError): UploadVerdict {
  if (isRetryable) return { kind: 'later', until: retryAt };
  return { kind: 'hold', reason: 'reconnect_needed', details: { account_reason: reason } };
}

/** Ends a run whose upload failed, or puts it off. @throws The error itself if it is a fault of ours. */
export async function endFailedUpload(
  run: AttemptRun,
  calls: PostClient,
  error: unknown,
): Promise<void> {
  if (run.signal.aborted) throw error;
  const { fence_at: fenceAt } = await commit(run, (tx) => readAttempt(tx, run));
  const verdict = judgeUploadFailure(error, fenceAt !== null);
  if (verdict === undefined) throw error;
  const { code, logId } = error instanceof TikTokError ? error : {};
  const facts = { code, logId };
  if (verdict.kind === 'later') run.services.circuits.report(run.accountId, error);
  const work = async (tx: Transaction) => {
    await lockPost(tx, run.postId);
    await end(tx, run, verdict, facts);
  };
  await commit(run, work, calls);
}

async function end(
  tx: Transaction,
  run: AttemptRun,
  verdict: UploadVerdict,
  facts: Omit<AttemptEnd, 'outcome'>,
): Promise<void> {
  switch (verdict.kind) {
    case 'anew':
      return tryAnew(tx, run, { outcome: 'upload_dead', ...facts });
    case 'ask':
      return passFence(tx, run);
    case 'later':
      return putOff(tx, run, verdict.until ?? laterOf(run));
    case 'hold':
      return hold(tx, run, verdict.reason, verdict.details ?? {}, { outcome: 'held', ...facts });
    case 'fail': {
      const details = facts.logId === undefined ? {} : { log_id: facts.logId };
      return fail(tx, run, facts.code ?? 'upload_rejected', details, {
        outcome: 'refused',
        ...facts,
      });
    }
  }
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** The SDK has tried for a while: the pauses between grow. */
function laterOf({ attempt, services }: AttemptRun): Date {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt.runs, LONGEST_PAUSE_MS);
  return new Date(services.clock.now().getTime() + pauseMs);
}
