import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import { contentTypes, type ProbeVerdict } from '../probe/probe.ts';
import { MediaGoneError } from '../store/media-store.ts';
import type { UploadPlace } from './upload-locks.ts';
import { getUpload, type UploadRow } from './upload-queries.ts';

/**
 * Looks into a file that has arrived whole, and makes it ready or refuses it. It may run twice, or in two processes
 * at once, and they may disagree: one of them moves the row, and the other one's verdict is nothing.
 *
 * @throws {ProblemError} `not-found` if it was deleted.
 * @throws {ProbeFailedError} If nothing can be said of it now; so does an error of the disk.
 */
export async function finishUpload(
  services: Pick<Services, 'database' | 'media'>,
  { mediaId, workspaceId }: UploadPlace,
): Promise<void> {
  const { database, media } = services;
  const upload = await inWorkspace(database, workspaceId, (tx) => getUpload(tx, mediaId));
  if (upload.state !== 'checking') return;
  const { sha256, verdict } = await lookInto(media, upload);
  const isMoved = await inWorkspace(database, workspaceId, (tx) =>
    saveVerdict(tx, mediaId, sha256, verdict),
  );
  // After the commit, and by who refused it alone: what a row needs is never deleted.
  if (isMoved && 'refusal' in verdict) await media.store.remove(mediaId);
}

interface Look {
  readonly sha256: Buffer | null;
  readonly verdict: ProbeVerdict;
}

async function lookInto(media: Services['media'], upload: UploadRow): Promise<Look> {
  const { expectedSha256, id } = upload;
  try {
    await media.store.openSource(id);
    const sha256 = upload.sha256 ?? (await hashFile(media, upload));
    const isOther = expectedSha256 !== null && !sha256.equals(expectedSha256);
    const verdict: ProbeVerdict = isOther
      ? { refusal: 'sha256_mismatch' }
      : await media.prober.probe(media.store.locate(id));
    return { sha256, verdict };
  } catch (error) {
    // A disk was lost, or a backup restored without its media.
    if (!(error instanceof MediaGoneError)) throw error;
    return { sha256: upload.sha256, verdict: { refusal: 'bytes_gone' } };
  }
}

/** Reads what no process has seen from its first byte to its last. */
async function hashFile({ store }: Services['media'], { id, size }: UploadRow): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of await store.read(id, { first: 0, last: size - 1 })) {
    hash.update(piece);
  }
  return hash.digest();
}

/** Gives whether the verdict counts: another one may have been faster. */
async function saveVerdict(
  tx: Transaction,
  id: string,
  sha256: Buffer | null,
  verdict: ProbeVerdict,
): Promise<boolean> {
  const isMoved =
    'file' in verdict
      ? await saveReady(tx, id, sha256, verdict)
      : await saveRefused(tx, id, sha256, verdict);
  if (!isMoved) return false;
  await ('file' in verdict
    ? recordEvent(tx, { type: 'media.ready', details: { media_id: id } })
    : recordEvent(tx, {
        type: 'media.refused',
        details: { media_id: id, reason: verdict.refusal },
      }));
  return true;
}

async function saveReady(
  tx: Transaction,
  id: string,
  sha256: Buffer | null,
  { file }: Extract<ProbeVerdict, { file: unknown }>,
): Promise<boolean> {
  const { rows } = await sql`
    update media set state = 'ready', ready_at = app_now(), sha256 = ${sha256},
      media_type = ${file.mediaType}, container = ${file.container},
      content_type = ${contentTypes[file.container].contentType}, codec = ${file.codec},
      duration_ms = ${file.durationMs}, frame_rate = ${file.frameRate},
      width = ${file.width}, height = ${file.height}
    where id = ${id} and state = 'checking' and deleted_at is null
    returning id`.execute(tx);
  return rows.length > 0;
}

async function saveRefused(
  tx: Transaction,
  id: string,
  sha256: Buffer | null,
  { refusal }: Extract<ProbeVerdict, { refusal: unknown }>,
): Promise<boolean> {
  const { rows } = await sql`
    update media set state = 'refused', state_reason = ${refusal}, sha256 = ${sha256}
    where id = ${id} and state = 'checking' and deleted_at is null
    returning id`.execute(tx);
  return rows.length > 0;
}
