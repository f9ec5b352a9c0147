import { inWorkspace } from '../../db/database.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { Services } from '../../http/services.ts';
import { getPost, lockPost } from '../../posts/get-post.ts';
import { askForCancel } from './ask-for-cancel.ts';
import type { ClaimedPoll } from './follow-queries.ts';
import { toObstacle } from './poll-obstacle.ts';
import { pollPost } from './poll-post.ts';

// A person looks on.
const ANSWER_WITHIN_MS = 15_000;

interface PostIds {
  readonly workspaceId: string;
  readonly postId: string;
}

/**
 * Cancels a post that TikTok pulls: its cancel is called, and its status decides. The wish is committed before TikTok is
 * asked; if TikTok cannot be asked now, or has not answered init yet, the post's polls ask for as long as it pulls.
 *
 * @throws {ProblemError} `post-state` when it is too late, or the post is none that is pulled.
 */
export async function cancelPull(services: Services, ids: PostIds): Promise<void> {
  const post = await wish(services, ids);
  // Init is under way: whoever commits its answer, or that there is none, finds the wish.
  if (post.publishId === null) return;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const answer = await askForCancel(services, post, { patienceMs: 5_000, signal });
    await pollPost(services, post, signal);
    if (answer === 'accepted' || (await isCanceled(services, post))) return;
  } catch (error) {
    if (toObstacle(error) === undefined) throw error;
    return;
  }
  throw new ProblemError('post-state', 'TikTok has fetched the media already: it is too late.');
}

/** Whether TikTok had dropped it before it was asked this time: who wishes twice gets what they wish. */
async function isCanceled(
  { database }: Services,
  { postId, workspaceId }: PostIds,
): Promise<boolean> {
  const post = await inWorkspace(database, workspaceId, (tx) => getPost(tx, postId));
  return post.state === 'canceled';
}

async function wish(
  { database, clock }: Services,
  { postId, workspaceId }: PostIds,
): Promise<ClaimedPoll> {
  return inWorkspace(database, workspaceId, async (tx) => {
    const post = await lockPost(tx, postId);
    const isUnderWay = post.state === 'publishing' || post.state === 'processing';
    if (!isUnderWay || post.attempt_id === null) {
      throw new ProblemError('post-state', `The post is ${post.state}: TikTok pulls nothing.`);
    }
    await tx
      .updateTable('posts')
      .set({ cancel_asked_at: clock.now() })
      .where('id', '=', postId)
      .execute();
    const { account_id: accountId, attempt_id: attemptId, publish_id: publishId } = post;
    return { postId, workspaceId, accountId, attemptId, publishId };
  });
}
