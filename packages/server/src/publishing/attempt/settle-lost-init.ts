import type { Transaction } from '../../db/database.ts';
import { revokeMediaUrls } from '../../media/serving/media-urls.ts';
import { lockPost } from '../../posts/get-post.ts';
import { type AttemptRun, commit } from './attempt-run.ts';
import type { AttemptEnd } from './attempt-store.ts';
import type { PostClient } from './client-for-post.ts';
import { leaveUnknown, tryAnew } from './end-run.ts';

/**
 * Decides what becomes of an attempt whose init was sent and whose answer was lost: a crash, a timeout, a cut, a 5xx.
 *
 * An upload can never post, for nobody knows its `upload_url`: a new attempt is safe. Where TikTok pulls, the
 * address is the fence: it is revoked first, and if nobody had fetched from it, nobody ever will, and a new attempt
 * is safe too. What was fetched, or is on somebody else's address, may have been posted.
 */
export async function settleLostInit(
  run: AttemptRun,
  end: AttemptEnd,
  calls?: PostClient,
): Promise<void> {
  const { source } = run.attempt;
  const isForeign = run.post.media.some(({ url }) => url !== null);
  const work = async (tx: Transaction) => {
    // One transaction: the revocation counts only together with what follows from it. The post first, as everywhere.
    await lockPost(tx, run.postId);
    if (source === 'FILE_UPLOAD') return tryAnew(tx, run, end);
    if (isForeign) return leaveUnknown(tx, run, 'foreign_url_unclear', end);
    const { wasFetched } = await revokeMediaUrls(tx, run.attemptId);
    return wasFetched ? leaveUnknown(tx, run, 'init_unclear', end) : tryAnew(tx, run, end);
  };
  await commit(run, work, calls);
}
