import { sql } from 'kysely';
import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { preparedQuery } from '../db/transaction.ts';
import type { Services } from '../http/services.ts';
import { eachByItself } from '../runtime/each-by-itself.ts';
import { movePosts } from './move-post.ts';

/** Pause between two rounds: a post is queued well within a second of its moment. */
export const QUEUE_DUE_INTERVAL_MS = 250;

/** Posts that a round takes at most: it is short, and the next one follows at once. */
export const QUEUE_DUE_LIMIT = 500;

/** How much one round takes. */
export interface QueueDueOptions {
  /** Posts of one round at most. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a round did. */
export interface QueuedDue {
  /** Posts that were due, as many as a round takes at most. */
  readonly due: number;
  /** Posts that this process queued. */
  readonly queued: number;
}

/**
 * Queues the scheduled posts whose moment has come, of all workspaces, the longest due first.
 *
 * Any number of processes may do it at once: a post is queued once, for its row says so. What waits ahead costs
 * nothing, however much it is: only due posts are looked at.
 */
export async function queueDuePosts(
  { database, log }: Pick<Services, 'database' | 'log'>,
  { limit, signal }: QueueDueOptions,
): Promise<QueuedDue> {
  const due = await inInstallation(database, (tx) => findDue(tx, limit));
  let queued = 0;
  const workspaces = [...groupByWorkspace(due)].map(([workspaceId, postIds]) => ({
    workspaceId,
    postIds,
  }));
  await eachByItself({ log, signal }, workspaces, async ({ postIds, workspaceId }) => {
    queued += await inWorkspace(database, workspaceId, (tx) => queue(tx, postIds));
  });
  return { due: due.length, queued };
}

async function queue(tx: Transaction, postIds: readonly string[]): Promise<number> {
  const move = { from: 'scheduled', to: 'queued', reason: 'due' } as const;
  // Somebody may have moved it to a later moment since it was found. Said so that no index helps: the posts are found by
  // their ids, and not among all that are due in every workspace.
  const isDue = sql<boolean>`coalesce(publish_at, app_now()) <= app_now()`;
  const moved = await movePosts(tx, postIds, move, isDue);
  return moved.length;
}

interface DuePost {
  readonly post_id: string;
  readonly workspace_id: string;
}

async function findDue(tx: Transaction, limit: number): Promise<DuePost[]> {
  const query = preparedQuery<DuePost>('find_due_posts', FIND_DUE, [limit]);
  return (await tx.executeQuery(query)).rows;
}

const FIND_DUE = 'select post_id, workspace_id from due_posts($1::int)';

function groupByWorkspace(due: readonly DuePost[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { post_id: postId, workspace_id: workspaceId } of due) {
    const group = groups.get(workspaceId);
    if (group === undefined) groups.set(workspaceId, [postId]);
    else group.push(postId);
  }
  return groups;
}
