import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '../../db/errors.ts';
import type { Services } from '../../http/services.ts';
import type { AttemptWork } from '../engine/engine.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import { LostAttempt, takeAttempt } from './attempt-store.ts';
import { giveUp } from './give-up.ts';
import { sendInit } from './send-init.ts';
import { settleLostInit } from './settle-lost-init.ts';
import { toSending, transfer } from './transfer.ts';

/**
 * The way of an attempt: preflight ▸ init ▸ transfer, up to the fence. It is the workflow's function.
 *
 * ```text
 * init never sent ──▶ preflight, init ──▶ TikTok pulls: the fence is passed
 *                                    └──▶ transfer ──▶ the last chunk is confirmed: the fence is passed
 * init sent, no answer stored ──▶ the fences decide: a new attempt, or unknown
 * init answered ──▶ transfer, from the byte where it stood
 * ```
 *
 * It may begin again at any time, in another process, or in two at once: what to do is read from the attempt's row.
 * Every write names its run, so that only the one that began last writes.
 */
export function publishAttempt(services: Services): AttemptWork {
  return async ({ attemptId, workspaceId }, signal) => {
    const place = { services, attemptId, workspaceId, signal };
    for (let faults = 0; ; ) {
      const run = await take(place);
      if (run === undefined) return;
      try {
        await advance(run);
        return;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof LostAttempt) return;
        // A fault of ours heals seldom, but a file system that fails may: everything is read anew.
        if (!isPassing(error)) faults += 1;
        services.log.error({ err: error, attempt_id: attemptId, faults }, 'an attempt met a fault');
        if (faults >= MOST_FAULTS) return giveUp(run, error);
      }
      await sleep(PAUSE_MS * 2 ** faults, undefined, { signal });
    }
  };
}

const MOST_FAULTS = 3;
const PAUSE_MS = 250;

async function take(place: {
  readonly services: Services;
  readonly attemptId: string;
  readonly workspaceId: string;
  readonly signal: AbortSignal;
}): Promise<AttemptRun | undefined> {
  place.signal.throwIfAborted();
  const runner = randomUUID();
  const taken = await commit(place, (tx) => takeAttempt(tx, place.attemptId, runner));
  if (taken === undefined) return undefined;
  const { attempt, post } = taken;
  return {
    ...place,
    ...taken,
    runner,
    postId: post.id,
    accountId: attempt.account_id,
    reason: 'publish a post',
  };
}

async function advance(run: AttemptRun): Promise<void> {
  const { init_answered_at: answeredAt, init_sent_at: sentAt, source } = run.attempt;
  if (answeredAt === null && sentAt !== null) {
    return settleLostInit(run, { outcome: 'init_unclear', code: 'answer_lost' });
  }
  if (source === 'PULL_FROM_URL') {
    await sendInit(run);
    return;
  }
  await run.services.publishing.uploads.run(run.signal, async (sender) => {
    if (answeredAt !== null) return transfer(run, sender);
    const accepted = await sendInit(run);
    if (accepted === undefined) return;
    return transfer(run, sender, toSending(accepted.upload, accepted.publishId));
  });
}
