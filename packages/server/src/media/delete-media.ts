import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import type { Principal } from '../workspaces/principal.ts';

/**
 * Deletes a video or photo: its row first and its bytes after, so that no row ever tells of bytes that are gone. What
 * a crash leaves between the two is an orphan, which a sweep removes.
 *
 * The row stays, without bytes, where a post tells of it.
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

async function deleteRow(tx: Transaction, id: string): Promise<void> {
  const { rows } = await sql<{ is_needed: boolean; is_told_of: boolean }>`
    select exists (select from post_media pm join posts p on p.id = pm.post_id
        where pm.media_id = m.id and p.state not in ('published', 'in_inbox', 'failed', 'canceled')) as is_needed,
      exists (select from post_media pm where pm.media_id = m.id) as is_told_of
    from media m where m.id = ${id} and m.deleted_at is null for update`.execute(tx);
  const [found] = rows;
  if (found === undefined) throw new ProblemError('not-found', 'There is no such media.');
  if (found.is_needed) {
    throw new ProblemError('media-in-use', 'A post that has not gone out yet is made with it.');
  }
  if (!found.is_told_of) {
    await sql`delete from media where id = ${id}`.execute(tx);
    return;
  }
  await sql`update media set deleted_at = app_now() where id = ${id}`.execute(tx);
  await sql`
    update media_urls set revoked_at = coalesce(revoked_at, app_now())
    where media_id = ${id}`.execute(tx);
}
