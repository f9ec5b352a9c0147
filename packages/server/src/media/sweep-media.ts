import { sql } from 'kysely';
import { inInstallation, inWorkspace } from '../db/database.ts';
import type { Services } from '../http/services.ts';
import { endRow } from './delete-media.ts';
import { finishUpload } from './upload/finish-upload.ts';
import type { UploadPlace } from './upload/upload-locks.ts';

/** An upload that nobody has sent a byte of for so long is over. */
const UPLOAD_EXPIRES_HOURS = 24;

/** Whoever takes a file looks into it at once; after so long that process is dead, or very busy. */
const CHECK_AFTER_SECONDS = 60;

/** A file without a row is left alone for so long: its row may be about to be committed, or it may be another database's. */
const ORPHAN_AFTER_MS = 48 * 3_600_000;

/** Days that a media address is kept after it expired, to tell what was fetched. */
const URL_RETENTION_DAYS = 30;

type SweepServices = Pick<Services, 'database' | 'log' | 'media'>;

/**
 * Looks into files that arrived whole at a process which died before its verdict. Gives the number of those taken; one
 * of which nothing can be said keeps no other waiting.
 */
export async function sweepUnchecked(
  services: SweepServices,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<number> {
  for (let taken = 0; taken < limit; taken += 1) {
    const place = signal.aborted ? undefined : await claimUnchecked(services);
    if (place === undefined) return taken;
    await finishUpload(services, place).catch((error: unknown) => {
      services.log.warn({ err: error, media_id: place.mediaId }, 'a file could not be looked into');
    });
  }
  return limit;
}

/** Ends uploads that nobody goes on with: rows first, bytes after. Gives the number of those that are ended. */
export async function sweepAbandoned(
  services: SweepServices,
  { limit }: { readonly limit: number },
): Promise<number> {
  let ended = 0;
  for (const place of await listAbandoned(services, limit)) {
    try {
      if (!(await endAbandoned(services, place))) continue;
      await services.media.store.remove(place.mediaId);
      ended += 1;
    } catch (error) {
      services.log.error({ err: error, media_id: place.mediaId }, 'an upload could not be ended');
    }
  }
  return ended;
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

interface PlaceRow {
  readonly media_id: string;
  readonly workspace_id: string;
}

async function claimUnchecked({ database }: SweepServices): Promise<UploadPlace | undefined> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql<PlaceRow>`
      select media_id, workspace_id from claim_unchecked_media(
        make_interval(secs => ${CHECK_AFTER_SECONDS}))`.execute(tx);
    return rows.map(toPlace)[0];
  });
}

async function listAbandoned({ database }: SweepServices, limit: number): Promise<UploadPlace[]> {
  return inInstallation(database, async (tx) => {
    const { rows } = await sql<PlaceRow>`
      select media_id, workspace_id from abandoned_uploads(
        make_interval(hours => ${UPLOAD_EXPIRES_HOURS}), ${limit}::int)`.execute(tx);
    return rows.map(toPlace);
  });
}

/** Whether it is ended now: it may have gone on since it was listed. */
async function endAbandoned(
  { database }: SweepServices,
  { mediaId, workspaceId }: UploadPlace,
): Promise<boolean> {
  return inWorkspace(database, workspaceId, async (tx) => {
    const { rows } = await sql`
      select from media where id = ${mediaId} and state = 'uploading' and deleted_at is null
        and received_at < app_now() - make_interval(hours => ${UPLOAD_EXPIRES_HOURS})
      for update`.execute(tx);
    if (rows.length === 0) return false;
    await endRow(tx, mediaId);
    return true;
  });
}

function toPlace({ media_id: mediaId, workspace_id: workspaceId }: PlaceRow): UploadPlace {
  return { mediaId, workspaceId };
}
