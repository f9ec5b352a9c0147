import { sql } from 'kysely';
import { inWorkspace, type Transaction } from '../../db/database.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { Services } from '../../http/services.ts';
import { type Principal, toActor } from '../../workspaces/principal.ts';
import { insertUpload } from './upload-queries.ts';

/** TikTok takes no larger video. */
export const LARGEST_MEDIA_BYTES = 4_000_000_000;

/** What an uploader says of a file. */
export interface AnnouncedUpload {
  readonly id: string;
  readonly size: number | undefined;
  readonly metadata: Readonly<Record<string, string | null>>;
}

/**
 * Makes the row of an upload, once it is sure that there is room for all of it.
 *
 * @throws {ProblemError} `invalid-request`, `media-too-large`, `media-quota-exceeded` or `storage-full`.
 */
export async function createUpload(
  services: Services,
  principal: Principal,
  { id, metadata, size }: AnnouncedUpload,
): Promise<void> {
  const bytes = requireSize(size);
  const fileName = readFileName(metadata['filename']);
  const expectedSha256 = readSha256(metadata['sha256']);
  await requireRoom(services, bytes);
  await inWorkspace(services.database, principal.workspaceId, async (tx) => {
    await requireQuota(tx, services.config.mediaQuotaBytes, bytes);
    await insertUpload(tx, {
      id,
      fileName,
      size: bytes,
      expectedSha256,
      createdBy: toActor(principal),
    });
  });
}

/** Bytes and files that count toward the quota of the workspace; an upload counts whole from its begin. */
export async function getUsage(
  tx: Transaction,
): Promise<{ readonly bytes: number; readonly files: number }> {
  const { rows } = await sql<{ bytes: number; files: number }>`
    select coalesce(sum(size), 0)::bigint as bytes, count(*) as files from media
    where deleted_at is null and state <> 'refused'`.execute(tx);
  return rows[0] ?? { bytes: 0, files: 0 };
}

function requireSize(size: number | undefined): number {
  if (size === undefined || size < 1)
    throw invalid('Upload-Length', 'An upload has 1 byte or more.');
  if (size <= LARGEST_MEDIA_BYTES) return size;
  throw new ProblemError(
    'media-too-large',
    `The file has ${size} bytes; TikTok takes at most ${LARGEST_MEDIA_BYTES}.`,
  );
}

/** The last part of what may be a path, without what a terminal would obey. */
function readFileName(name: string | null | undefined): string {
  const last = (name ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  // Not \p{C}: half of the world's emoji are joined by a character of it.
  const plain = last.replaceAll(/\p{Cc}/gu, '').trim();
  return [...plain].slice(0, 200).join('') || 'unnamed';
}

function readSha256(hex: string | null | undefined): Buffer | undefined {
  if (hex === null || hex === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw invalid('Upload-Metadata', 'sha256 takes 64 hexadecimal digits.');
}

async function requireRoom({ media }: Services, bytes: number): Promise<void> {
  const free = await media.store.freeBytes();
  if (free === undefined || free >= bytes) return;
  throw new ProblemError(
    'storage-full',
    `The file has ${bytes} bytes, and there is room for ${free}.`,
    {
      retryAfterSeconds: 600,
    },
  );
}

async function requireQuota(tx: Transaction, quota: number, bytes: number): Promise<void> {
  // Two that come at once must not both take the last of it.
  await sql`select from workspaces where id = current_workspace() for no key update`.execute(tx);
  const { bytes: used } = await getUsage(tx);
  if (used + bytes <= quota) return;
  throw new ProblemError(
    'media-quota-exceeded',
    `The file has ${bytes} bytes; ${used} of the workspace's ${quota} are used.`,
  );
}

function invalid(header: string, detail: string): ProblemError {
  const pointer = `/${header.toLowerCase()}`;
  return new ProblemError('invalid-request', `header ${pointer}: ${detail}`, {
    errors: [{ in: 'header', pointer, detail }],
  });
}
