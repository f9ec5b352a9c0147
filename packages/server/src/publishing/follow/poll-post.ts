import type { TikTokClient } from '@greenroom/sdk';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { clientForPost } from '../attempt/client-for-post.ts';
import { applyToLocked } from './apply-fact.ts';
import { askForCancel } from './ask-for-cancel.ts';
import type { Decision } from './decide.ts';
import { type Fact, factOfStatus } from './fact.ts';
import {
  type ClaimedPoll,
  type FollowedPost,
  lockFollowed,
  planNextPoll,
} from './follow-queries.ts';
import { lookForVideo } from './look-for-video.ts';
import { pauseOf } from './pace.ts';
import { toObstacle } from './poll-obstacle.ts';
import type { Pace } from './poll-schedule.ts';
import { recordWait } from './record-wait.ts';

// A status is answered in a fraction of a second; who waits longer keeps others from their turn.
const ANSWER_WITHIN_MS = 10_000;

/**
 * Asks TikTok once how a post stands, makes it true here, and plans the next look. What keeps TikTok from answering never
 * changes the post: it is asked again, later and later.
 */
export async function pollPost(
  services: Services,
  post: ClaimedPoll,
  signal: AbortSignal,
): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const { client, recordAnswers } = clientForPost(
    services,
    { ...post, reason: 'ask how a post stands' },
    { patienceMs: 0 },
  );
  let kind: Decision['kind'];
  try {
    const fact = await ask(services, post, client, deadline);
    kind = await inTurn(services, post, async (tx, followed) => {
      await recordAnswers(tx);
      return apply(services, tx, followed, fact);
    });
    // Ids that never come are reported of public posts, too.
    if (kind === 'nothing' && fact?.says === 'complete') {
      const found = await lookForVideo(services, post, client, deadline);
      if (found !== undefined) {
        await inTurn(services, post, async (tx, followed) => {
          await recordAnswers(tx);
          return apply(services, tx, followed, found);
        });
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    await putOff(services, post, error, recordAnswers);
    return;
  }
  if (kind === 'cancel') await cancel(services, post, deadline);
}

async function ask(
  services: Services,
  post: ClaimedPoll,
  client: TikTokClient,
  signal: AbortSignal,
): Promise<Fact | undefined> {
  const askedAt = services.clock.now();
  if (post.publishId === null) return lookForVideo(services, post, client, signal);
  return factOfStatus(await client.fetchStatus(post.publishId, { signal }), askedAt);
}

/** Locks the post for a transaction, if it is still there. */
async function inTurn(
  { database }: Services,
  { attemptId, postId, workspaceId }: ClaimedPoll,
  work: (tx: Transaction, post: FollowedPost) => Promise<Decision['kind']>,
): Promise<Decision['kind']> {
  return inWorkspace(database, workspaceId, async (tx) => {
    const post = await lockFollowed(tx, { postId, attemptId });
    return post === undefined ? 'nothing' : work(tx, post);
  });
}

async function apply(
  services: Services,
  tx: Transaction,
  post: FollowedPost,
  fact: Fact | undefined,
): Promise<Decision['kind']> {
  const kind = fact === undefined ? 'nothing' : await applyToLocked(services, tx, post, fact);
  // A move, and what became public, plan for themselves.
  if (kind === 'move' || kind === 'publish_more') return kind;
  const status = fact?.says === 'something_new' ? fact.status : undefined;
  await planNext(services, tx, post, { waitReason: status && STATUS_UNKNOWN });
  if (status !== undefined) {
    await recordWait(tx, post, STATUS_UNKNOWN, { status: status.slice(0, LONGEST_STATUS) });
  }
  return kind;
}

const STATUS_UNKNOWN = 'status_unknown';
const LONGEST_STATUS = 100;

async function planNext(
  { clock }: Services,
  tx: Transaction,
  post: FollowedPost,
  options: { readonly pace?: Pace | undefined; readonly waitReason?: string | undefined } = {},
): Promise<void> {
  const pauseMs = pauseOf(post, clock.now(), options.pace);
  await planNextPoll(tx, post.id, { pauseMs, waitReason: options.waitReason ?? null });
}

/** Plans the next look after one that brought nothing, and says why if somebody should know. */
async function putOff(
  services: Services,
  post: ClaimedPoll,
  error: unknown,
  recordAnswers: (tx: Transaction) => Promise<void>,
): Promise<void> {
  const obstacle = toObstacle(error);
  if (obstacle === undefined) throw error;
  await inTurn(services, post, async (tx, followed) => {
    await recordAnswers(tx);
    const { pace, until, waitReason } = obstacle;
    if (until === undefined) await planNext(services, tx, followed, { pace, waitReason });
    else {
      const pauseMs = Math.max(until.getTime() - services.clock.now().getTime(), 0);
      await planNextPoll(tx, followed.id, { pauseMs, waitReason: followed.wait_reason });
    }
    if (waitReason !== undefined) await recordWait(tx, followed, waitReason);
    return 'nothing';
  });
}

/** What a person wished is asked of TikTok; if it cannot be now, the next poll asks again. */
async function cancel(services: Services, post: ClaimedPoll, signal: AbortSignal): Promise<void> {
  try {
    await askForCancel(services, post, { patienceMs: 0, signal });
  } catch (error) {
    if (toObstacle(error) === undefined) throw error;
  }
}
