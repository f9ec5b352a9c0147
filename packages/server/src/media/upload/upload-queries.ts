import { sql } from 'kysely';
import type { Actor } from '../../activity/record.ts';
import type { Transaction } from '../../db/database.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { MediaState } from '../tables.ts';

/** An upload to be. */
export interface NewUpload {
  readonly id: string;
  readonly fileName: string;
  readonly size: number;
  readonly expectedSha256: Buffer | undefined;
  readonly createdBy: Actor;
}

/** How far an upload is. */
export interface UploadRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly state: MediaState;
  readonly fileName: string;
  readonly size: number;
  readonly received: number;
  readonly sha256: Buffer | null;
  readonly expectedSha256: Buffer | null;
  readonly createdAt: Date;
  readonly receivedAt: Date;
}

/** Makes the row of an upload that nothing has come of yet. */
export async function insertUpload(tx: Transaction, upload: NewUpload): Promise<void> {
  await tx
    .insertInto('media')
    .values({
      id: upload.id,
      workspace_id: sql<string>`current_workspace()`,
      state: 'uploading',
      file_name: upload.fileName,
      size: upload.size,
      expected_sha256: upload.expectedSha256 ?? null,
      created_by_kind: upload.createdBy.kind,
      created_by_id: upload.createdBy.id,
    })
    .execute();
}

/** Reads an upload. @throws {ProblemError} `not-found`. */
export async function getUpload(tx: Transaction, id: string): Promise<UploadRow> {
  const row = await tx
    .selectFrom('media')
    .select([
      'id',
      'workspace_id as workspaceId',
      'state',
      'file_name as fileName',
      'size',
      'received',
      'sha256',
      'expected_sha256 as expectedSha256',
      'created_at as createdAt',
      'received_at as receivedAt',
    ])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new ProblemError('not-found', 'There is no such upload.');
  return row;
}

/**
 * Makes this process the one that writes, unless another one that lives does: whoever writes says so each second,
 * and a hold that a lost connection kept it from giving back is none after a minute.
 */
export async function takeWriter(tx: Transaction, id: string, writer: number): Promise<boolean> {
  const { rows } = await sql`
    update media set writer = ${writer}, writer_wanted = false,
      received_at = case when state = 'uploading' then app_now() else received_at end
    where id = ${id} and deleted_at is null
      and (writer is null or writer = ${writer} or not is_alive(writer)
        or received_at < app_now() - interval '1 minute')
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Tells the process that writes that another request waits. @throws {ProblemError} `not-found`. */
export async function askWriterToStop(tx: Transaction, id: string): Promise<void> {
  const { rows } = await sql`
    update media set writer_wanted = true where id = ${id} and deleted_at is null
    returning id`.execute(tx);
  if (rows.length === 0) throw new ProblemError('not-found', 'There is no such upload.');
}

/** Ends this process's hold. */
export async function releaseWriter(tx: Transaction, id: string, writer: number): Promise<void> {
  await sql`
    update media set writer = null, writer_wanted = false
    where id = ${id} and writer = ${writer}`.execute(tx);
}

/** How many bytes of an upload are safe now. */
export interface Progress {
  readonly id: string;
  readonly writer: number;
  readonly received: number;
  /** Where the upload is whole and this process has seen every byte. */
  readonly sha256: Buffer | undefined;
}

/**
 * Stores how far an upload is; a whole one goes on to be checked.
 *
 * @returns Whether another request waits; undefined: this process must not write any more.
 */
export async function saveProgress(
  tx: Transaction,
  { id, received, sha256, writer }: Progress,
): Promise<{ readonly isWanted: boolean } | undefined> {
  const { rows } = await sql<{ is_wanted: boolean }>`
    update media set received = ${received}, received_at = app_now(), sha256 = ${sha256 ?? null},
      state = case when size = ${received} then 'checking' else 'uploading' end
    where id = ${id} and writer = ${writer} and state = 'uploading' and deleted_at is null
    returning writer_wanted as is_wanted`.execute(tx);
  return rows[0] === undefined ? undefined : { isWanted: rows[0].is_wanted };
}
