import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { movePost } from './move-post.ts';

/** Brings a scheduled post whose moment is now into the queue, and starts it if its account is idle. */
export async function queueNow(
  _services: Services,
  tx: Transaction,
  { postId }: { readonly postId: string; readonly accountId: string },
): Promise<void> {
  await movePost(tx, { postId, from: 'scheduled', to: 'queued', reason: 'due' });
}
