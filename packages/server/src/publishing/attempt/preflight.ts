import type { CreatorInfo } from '@greenroom/sdk';
import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import type { MediaFacts } from '../../media/media-facts.ts';
import { judgePost } from '../../posts/judge-post.ts';
import { readFacts } from '../../posts/read-facts.ts';
import { heldBy } from '../../posts/verdict.ts';
import type { AttemptRun } from './attempt-run.ts';
import { LostAttempt } from './attempt-store.ts';
import { hold, putBack } from './end-run.ts';

/**
 * The last look before init: every rule again, with what TikTok has just said of the creator and with the media as
 * it is now, and a place under every cap.
 *
 * @returns What is known of its media, if init may be sent; if not, the run is over.
 */
export async function preflight(
  tx: Transaction,
  run: AttemptRun,
  creator: CreatorInfo | undefined,
): Promise<readonly MediaFacts[] | undefined> {
  const { accountId, attemptId, post, services } = run;
  const [hasPlace, facts] = await Promise.all([enterInit(tx, run), readFacts(tx, accountId, post)]);
  const { contentHash, problems } = judgePost(services, {
    facts,
    content: post,
    consent: post.consent,
    // Its moment has come.
    publishAt: undefined,
    creator: { info: creator },
  });
  const held = heldBy(problems) ?? heldByChange(run, contentHash);
  if (held !== undefined) {
    await hold(tx, run, held.reason, held.details, { outcome: 'held', code: held.reason });
    return undefined;
  }
  // It began with one; who began it again may have given it back.
  if (hasPlace) return facts.media;
  const caps = await services.ledger.takeCaps(tx, {
    attemptId,
    accountId,
    postMode: post.post_mode,
  });
  if (caps.ok) return facts.media;
  const wait = { reason: `cap_${caps.cap}`, until: caps.freeAt };
  await putBack(tx, run, wait, { outcome: 'put_back', code: wait.reason });
  return undefined;
}

/**
 * Locks the post, as long as it is still this attempt's, and shows where it is.
 *
 * @returns Whether the attempt has its place under the caps.
 */
async function enterInit(tx: Transaction, { attemptId, postId }: AttemptRun): Promise<boolean> {
  const query = preparedQuery<{ has_place: boolean }>('enter_init', ENTER_INIT, [
    postId,
    attemptId,
  ]);
  const [post] = (await tx.executeQuery(query)).rows;
  if (post === undefined) throw new LostAttempt(attemptId);
  return post.has_place;
}

const ENTER_INIT = `
update posts set phase = 'init', updated_at = app_now()
where id = $1 and attempt_id = $2 and state = 'publishing'
returning exists (select from cap_uses where cap_uses.attempt_id = $2) as has_place`;

/** What was agreed to is what goes out. */
function heldByChange({ post }: AttemptRun, contentHash: Buffer) {
  if (post.content_hash === null || post.content_hash.equals(contentHash)) return undefined;
  return { reason: 'media_changed', details: {} };
}
