import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { startNextAttempt } from '../publishing/attempt/start-attempt.ts';
import type { StoredPost } from './get-post.ts';
import { movePost, type PostChange } from './move-post.ts';
import type { ReasonCode } from './reasons.ts';

/** Brings a scheduled post whose moment is now into the queue, and begins with it if its account is idle. */
export async function queueNow(
  services: Services,
  tx: Transaction,
  { postId, accountId }: { readonly postId: string; readonly accountId: string },
): Promise<void> {
  await movePost(tx, { postId, from: 'scheduled', to: 'queued', reason: 'due' });
  await startNextAttempt(services, tx, accountId);
}

/** How a post comes back into the queue, as a person wants it. */
export interface Requeue {
  readonly from: 'failed' | 'unknown';
  readonly reason: ReasonCode;
  readonly set?: PostChange;
}

/** Brings a post that was tried back into the queue, behind those that wait, without what the old attempt left on it. */
export async function requeue(
  services: Services,
  tx: Transaction,
  { id: postId, account_id: accountId }: StoredPost,
  { from, reason, set }: Requeue,
): Promise<void> {
  await movePost(tx, { postId, from, to: 'queued', reason, set: { ...UNTRIED, ...set } });
  await startNextAttempt(services, tx, accountId);
}

const UNTRIED: PostChange = {
  queued_at: sql<Date>`app_now()`,
  fenced_at: null,
  ended_at: null,
  publish_id: null,
  visibility: null,
  post_ids: [],
  publications: {},
  cancel_asked_at: null,
  polls: 0,
  bytes_confirmed: 0,
};
