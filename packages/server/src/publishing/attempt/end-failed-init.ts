import { TikTokApiError, TikTokError } from '@greenroom/sdk';
import type { Transaction } from '../../db/database.ts';
import { lockPost } from '../../posts/get-post.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import { type AttemptEnd, clearInitSent } from './attempt-store.ts';
import type { PostClient } from './client-for-post.ts';
import { fail, hold, putBack } from './end-run.ts';
import { initEndpointOf } from './init-endpoint.ts';
import { type InitVerdict, judgeInitFailure } from './init-failure.ts';
import { settleLostInit } from './settle-lost-init.ts';

/**
 * Ends a run whose creator info or init failed.
 *
 * @throws The error itself if it is none of TikTok's, nor of the account's.
 */
export async function endFailedInit(
  run: AttemptRun,
  calls: PostClient,
  error: unknown,
): Promise<void> {
  const verdict = judgeInitFailure(error);
  if (verdict === undefined) throw error;
  const facts = factsOf(error);
  if (verdict.kind === 'unclear') {
    await settleLostInit(run, { outcome: 'init_unclear', ...facts }, calls);
    return;
  }
  const work = async (tx: Transaction) => {
    await lockPost(tx, run.postId);
    await end(tx, run, verdict, facts, error);
  };
  await commit(run, work, calls);
}

async function end(
  tx: Transaction,
  run: AttemptRun,
  verdict: Exclude<InitVerdict, { kind: 'unclear' }>,
  facts: Omit<AttemptEnd, 'outcome'>,
  error: unknown,
): Promise<void> {
  const { ledger, clock } = run.services;
  // Nothing was made, so nothing counts, and no answer is missing.
  await clearInitSent(tx, run);
  await ledger.giveBackCaps(tx, run.attemptId);
  const earliest = await learn(tx, run, error);
  switch (verdict.kind) {
    case 'wait': {
      const { afterMs, reason } = verdict;
      const until = verdict.until ?? earliest ?? new Date(clock.now().getTime() + afterMs);
      return putBack(tx, run, { reason, until }, { outcome: 'put_back', ...facts });
    }
    case 'hold': {
      const when = earliest === undefined ? {} : { earliest_at: earliest.toISOString() };
      const details = { ...verdict.details, ...when };
      return hold(tx, run, verdict.reason, details, { outcome: 'refused', ...facts });
    }
    case 'fail': {
      const details = facts.logId === undefined ? {} : { log_id: facts.logId };
      return fail(tx, run, verdict.reason, details, { outcome: 'refused', ...facts });
    }
  }
}

/** Lets the ledger learn from a refusal of a cap or a limit. */
async function learn(tx: Transaction, run: AttemptRun, error: unknown): Promise<Date | undefined> {
  if (!(error instanceof TikTokApiError)) return undefined;
  const { code, request = '', retryAfterMs } = error;
  const endpoint = request.endsWith('/init/') ? initEndpointOf(run.post) : 'creator_info/query';
  const earliest = await run.services.ledger.learn(tx, run.accountId, code, {
    endpoint,
    retryAfterMs,
  });
  return earliest ?? undefined;
}

function factsOf(error: unknown): Omit<AttemptEnd, 'outcome'> {
  if (!(error instanceof TikTokError)) return {};
  return { code: error.code, logId: error.logId };
}
