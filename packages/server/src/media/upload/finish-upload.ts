import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import { contentTypes, type ProbeVerdict } from '../probe/probe.ts';
import type { UploadPlace } from './upload-locks.ts';
import { getUpload, type UploadRow } from './upload-queries.ts';

/**
 * Looks into a file that has arrived whole, and makes it ready or refuses it. It may run twice, or in two processes
 * at once: one of them moves the row, and both saw the same bytes.
 *
 * @throws {MediaGoneError} If its bytes are not in the store.
 */
export async function finishUpload(
  services: Pick<Services, 'database' | 'media'>,
  { mediaId, workspaceId }: UploadPlace,
): Promise<void> {
  const { database, media } = services;
  const upload = await inWorkspace(database, workspaceId, (tx) => getUpload(tx, mediaId));
  if (upload.state !== 'checking') return;
  const sha256 = upload.sha256 ?? (await hashFile(services, upload));
  const isOther = upload.expectedSha256 !== null && !sha256.equals(upload.expectedSha256);
  const verdict: ProbeVerdict = isOther
    ? { refusal: 'sha256_mismatch' }
    : await media.prober.probe(media.store.locate(mediaId));
  await inWorkspace(database, workspaceId, (tx) => saveVerdict(tx, mediaId, sha256, verdict));
  // After the commit: what a row needs is never deleted.
  if ('refusal' in verdict) await media.store.remove(mediaId);
}

/** Reads what no process has seen from its first byte to its last. */
async function hashFile(
  { media }: Pick<Services, 'media'>,
  { id, size }: UploadRow,
): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of await media.store.read(id, { first: 0, last: size - 1 })) {
    hash.update(piece);
  }
  return hash.digest();
}

async function saveVerdict(
  tx: Transaction,
  id: string,
  sha256: Buffer,
  verdict: ProbeVerdict,
): Promise<void> {
  const isMoved =
    'file' in verdict
      ? await saveReady(tx, id, sha256, verdict)
      : await saveRefused(tx, id, sha256, verdict);
  if (!isMoved) return;
  await ('file' in verdict
    ? recordEvent(tx, { type: 'media.ready', details: { media_id: id } })
    : recordEvent(tx, {
        type: 'media.refused',
        details: { media_id: id, reason: verdict.refusal },
      }));
}

async function saveReady(
  tx: Transaction,
  id: string,
  sha256: Buffer,
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
  sha256: Buffer,
  { refusal }: Extract<ProbeVerdict, { refusal: unknown }>,
): Promise<boolean> {
  const { rows } = await sql`
    update media set state = 'refused', state_reason = ${refusal}, sha256 = ${sha256}
    where id = ${id} and state = 'checking' and deleted_at is null
    returning id`.execute(tx);
  return rows.length > 0;
}
