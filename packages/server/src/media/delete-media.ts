import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import type { Principal } from '../workspaces/principal.ts';

/**
 * Deletes a video or photo: its row first and its bytes after, so that no row ever tells of bytes that are gone. What
 * a crash leaves between the two is an orphan, which a sweep removes.
 *
 * @throws {ProblemError} `not-found`, or `media-in-use` when a post still needs it.
 */
export async function deleteMedia(
  { database, media }: Pick<Services, 'database' | 'media'>,
  { workspaceId }: Pick<Principal, 'workspaceId'>,
  id: string,
): Promise<void> {
  await inWorkspace(database, workspaceId, (tx) => deleteRow(tx, id));
  await media.store.remove(id);
}

/**
 * Ends a row that the transaction has locked: it goes, or stays as deleted where a post tells of it.
 *
 * The lock comes in a statement before: only so is seen what a post took while it was waited for.
 */
export async function endRow(tx: Transaction, id: string): Promise<void> {
  const { rows } = await sql`
    delete from media m where m.id = ${id}
      and not exists (select from post_media pm where pm.media_id = m.id)
    returning m.id`.execute(tx);
  if (rows.length > 0) return;
  await sql`update media set deleted_at = app_now() where id = ${id}`.execute(tx);
  await sql`
    update media_urls set revoked_at = coalesce(revoked_at, app_now())
    where media_id = ${id}`.execute(tx);
}

async function deleteRow(tx: Transaction, id: string): Promise<void> {
  const { rows } = await sql`
    select from media where id = ${id} and deleted_at is null for update`.execute(tx);
  if (rows.length === 0) throw new ProblemError('not-found', 'There is no such media.');
  if (await isNeeded(tx, id)) {
    throw new ProblemError('media-in-use', 'A post that has not gone out yet is made with it.');
  }
  await endRow(tx, id);
}

async function isNeeded(tx: Transaction, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from post_media pm join posts p on p.id = pm.post_id
    where pm.media_id = ${id} and p.state not in ('published', 'in_inbox', 'failed', 'canceled')
    limit 1`.execute(tx);
  return rows.length > 0;
}
