import { TikTokApiError } from '@greenroom/sdk';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import { clientForPost } from '../attempt/client-for-post.ts';
import type { ClaimedPoll } from './follow-queries.ts';

/** How patiently TikTok is asked. */
export interface CancelOptions {
  /** How long a slot may be away. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks TikTok to drop a pull. Whatever it answers, the post's status decides what has come of it: that is asked next.
 *
 * @throws If TikTok cannot be asked now: the wish stays, and the next poll asks again.
 */
export async function askForCancel(
  services: Services,
  post: ClaimedPoll & { readonly publishId: string | null },
  { patienceMs, signal }: CancelOptions,
): Promise<'accepted' | 'too_late'> {
  const { postId, publishId, workspaceId } = post;
  if (publishId === null) return 'too_late';
  const reason = 'cancel a post that TikTok pulls';
  const { client, recordAnswers } = clientForPost(services, { ...post, reason }, { patienceMs });
  const store = (work: (tx: Transaction) => Promise<void>) =>
    inWorkspace(services.database, workspaceId, work);
  try {
    await client.cancelPost(publishId, { signal });
  } catch (error) {
    await store(recordAnswers);
    // Also what TikTok says of a post that it has dropped already, for an earlier wish: so the wish stays in any case.
    if (error instanceof TikTokApiError && error.code === 'publish_not_cancellable')
      return 'too_late';
    throw error;
  }
  await store(async (tx) => {
    await pollNow(services, tx, postId);
    await recordAnswers(tx);
  });
  return 'accepted';
}

async function pollNow({ clock }: Services, tx: Transaction, postId: string): Promise<void> {
  await tx
    .updateTable('posts')
    .set({ next_poll_at: clock.now() })
    .where('id', '=', postId)
    .where('state', '=', 'processing')
    .execute();
}
