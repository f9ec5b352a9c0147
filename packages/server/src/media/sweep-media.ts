import { sql } from 'kysely';
import { inInstallation, inWorkspace } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { ProbeFailedError } from './probe/media-prober.ts';
import { MediaGoneError } from './store/media-store.ts';
import { finishUpload } from './upload/finish-upload.ts';
import type { UploadPlace } from './upload/upload-locks.ts';

/** An upload that nobody has sent a byte of for so long is over. */
const UPLOAD_EXPIRES_HOURS = 24;

/** Whoever received the last byte looks into the file at once; after so long that process is dead, or very busy. */
const CHECK_AFTER_SECONDS = 60;

/** A file without a row is left alone for so long: its row may be about to be committed, or it may be another database's. */
const ORPHAN_AFTER_MS = 48 * 3_600_000;

/** Days that a media address is kept after it expired, to tell what was fetched. */
const URL_RETENTION_DAYS = 30;

type SweepServices = Pick<Services, 'database' | 'log' | 'media'>;

/** Looks into files that arrived whole at a process which died before its verdict. Gives their number. */
export async function sweepUnchecked(
  services: SweepServices,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<number> {
  const places = await listPlaces(services, 'unchecked_media', CHECK_AFTER_SECONDS, limit);
  for (const place of places) {
    if (signal.aborted) break;
    try {
      await finishUpload(services, place);
    } catch (error) {
      if (error instanceof MediaGoneError) await giveUp(services, place);
      else if (error instanceof ProbeFailedError) {
        services.log.warn(
          { err: error, media_id: place.mediaId },
          'a file could not be looked into',
        );
      } else throw error;
    }
  }
  return places.length;
}

/** Ends uploads that nobody goes on with: rows first, bytes after. Gives their number. */
export async function sweepAbandoned(
  services: SweepServices,
  { limit }: { readonly limit: number },
): Promise<number> {
  const seconds = UPLOAD_EXPIRES_HOURS * 3600;
  const places = await listPlaces(services, 'abandoned_uploads', seconds, limit);
  for (const { mediaId, workspaceId } of places) {
    const isGone = await inWorkspace(services.database, workspaceId, async (tx) => {
      // Once more by the clock: it may have gone on since it was listed.
      const { rows } = await sql`
        delete from media where id = ${mediaId} and state = 'uploading'
          and received_at < app_now() - make_interval(secs => ${seconds})
        returning id`.execute(tx);
      return rows.length > 0;
    });
    if (isGone) await services.media.store.remove(mediaId);
  }
  return places.length;
}

/**
 * Deletes files that no row needs: what a crash left between a row's end and its file's, and what belonged to a
 * workspace that is gone. Gives their number.
 *
 * Young files stay, by the time of the file system.
 */
export async function sweepOrphans(
  { database, log, media }: SweepServices,
  { signal, now = Date.now() }: { readonly signal: AbortSignal; readonly now?: number },
): Promise<number> {
  const { id: installationId } = await inInstallation(database, (tx) =>
    tx.selectFrom('installation').select('id').executeTakeFirstOrThrow(),
  );
  if (!(await media.store.claim(installationId))) return 0;
  let removed = 0;
  for await (const files of media.store.list()) {
    if (signal.aborted) break;
    const old = files.filter(({ changedAt }) => changedAt.getTime() < now - ORPHAN_AFTER_MS);
    if (old.length === 0) continue;
    const ids = old.map(({ id }) => id);
    const needed = await inInstallation(database, async (tx) => {
      const { rows } = await sql<{ id: string }>`
        select media_with_bytes as id from media_with_bytes(${ids}::uuid[])`.execute(tx);
      return new Set(rows.map(({ id }) => id));
    });
    for (const id of ids.filter((one) => !needed.has(one))) {
      await media.store.remove(id);
      removed += 1;
    }
  }
  if (removed > 0) log.info({ files: removed }, 'files that no media needs were deleted');
  return removed;
}

/** Forgets addresses that expired long ago. Gives their number. */
export async function deleteOldMediaUrls(
  { database }: Pick<Services, 'database'>,
  { limit }: { readonly limit: number },
): Promise<number> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql<{ count: number }>`
      select delete_old_media_urls(make_interval(days => ${URL_RETENTION_DAYS}), ${limit}::int) as count`.execute(
      tx,
    );
    return rows[0]?.count ?? 0;
  });
}

async function listPlaces(
  { database }: SweepServices,
  list: 'abandoned_uploads' | 'unchecked_media',
  olderThanSeconds: number,
  limit: number,
): Promise<UploadPlace[]> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql<{ media_id: string; workspace_id: string }>`
      select media_id, workspace_id from ${sql.ref(list)}(
        make_interval(secs => ${olderThanSeconds}), ${limit}::int)`.execute(tx);
    return rows.map((row) => ({ mediaId: row.media_id, workspaceId: row.workspace_id }));
  });
}

/** Refuses a file whose bytes are gone: a disk was lost, or a backup restored without its media. */
async function giveUp({ database }: SweepServices, place: UploadPlace): Promise<void> {
  await inWorkspace(database, place.workspaceId, (tx) =>
    sql`
      update media set state = 'refused', state_reason = 'bytes_gone'
      where id = ${place.mediaId} and state = 'checking'`.execute(tx),
  );
}
