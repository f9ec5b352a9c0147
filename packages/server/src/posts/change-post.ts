import { sql } from 'kysely';
import type { Transaction } from '../db/database.ts';
import type { PostChange } from './move-post.ts';
import type { StateDetails } from './tables.ts';

/** Changes a post that the transaction has locked, without moving it. */
export async function changePost(
  tx: Transaction,
  postId: string,
  change: PostChange & {
    readonly state_reason?: string | null;
    readonly state_details?: StateDetails;
  },
): Promise<void> {
  await tx
    .updateTable('posts')
    .set({ ...change, updated_at: sql<Date>`app_now()` })
    .where('id', '=', postId)
    .execute();
}
