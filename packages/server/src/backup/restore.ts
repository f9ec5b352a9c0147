import { translateError } from '../db/errors.ts';
import { migrate } from '../db/migrate.ts';
import type { Migration } from '../db/migrations/migration.ts';
import { migrations as ourMigrations } from '../db/migrations/migrations.ts';
import { checksumOf } from '../db/schema-version.ts';
import { BackupError } from './backup-error.ts';
import { BackupReader } from './backup-reader.ts';
import { requireEmpty } from './empty-database.ts';
import type { Header } from './format.ts';
import { loadBackup } from './load-backup.ts';
import { asOwner } from './owner-session.ts';
import type { BackupProgress } from './read-database.ts';

/** What is restored, and to where. */
export interface RestoreOptions {
  /** Connection string of the owner of an empty database. */
  readonly url: string;
  /** A file that `backup` wrote. */
  readonly file: string;
  /** Is told how far it has come. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Ends it; the database is empty then. */
  readonly signal?: AbortSignal | undefined;
  /** Steps of the schema that are known. Default: all of this version. */
  readonly migrations?: readonly Migration[];
}

/** A backup that was restored. */
export interface RestoreReport {
  /** Path of the backup. */
  readonly file: string;
  /** When it was made. */
  readonly madeAt: Date;
  /** Tables that were filled. */
  readonly tables: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** Number of the newest step of the schema, after it was brought up to date. */
  readonly schemaVersion: number;
  /** Ids of the master keys that the server needs now. They come from where you keep them, not from the backup. */
  readonly masterKeyIds: readonly string[];
}

/**
 * Restores a backup into an empty database: all of it, checked row for row against the backup's own sums, or nothing.
 *
 * The schema is made as it was when the backup was made, the rows are loaded in one transaction, and then the schema
 * is brought up to date.
 *
 * @throws {BackupError} If the file is no whole backup, is of a newer version, or the database is not empty.
 * @throws {DatabaseError} If the database cannot be used.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { file, onProgress = () => undefined, signal, url } = options;
  const migrations = options.migrations ?? ourMigrations;
  await using reader = new BackupReader(file);
  const { header, sha256: headerSum } = await reader.readHeader();
  const then = stepsOf(header, migrations, file);
  try {
    await asOwner(url, requireEmpty);
    await migrate(url, { migrations: then });
    const load = { file, reader, header, headerSum, onProgress, signal };
    const sums = await asOwner(url, (client) => loadBackup(client, load));
    const { version } = await migrate(url, { migrations });
    await asOwner(url, (client) => client.query('analyze'));
    return {
      file,
      madeAt: new Date(header.created_at),
      tables: sums.length,
      rows: sums.reduce((sum, { rows }) => sum + rows, 0),
      schemaVersion: version,
      masterKeyIds: header.master_key_ids,
    };
  } catch (error) {
    throw translateError(error);
  }
}

/** The steps that the backup's database had, of those that we know. */
function stepsOf(header: Header, known: readonly Migration[], file: string): readonly Migration[] {
  const steps = known.slice(0, header.schema.length);
  const isKnown = header.schema.every(({ number, checksum }, index) => {
    const step = steps[index];
    return step?.number === number && checksumOf(step) === checksum;
  });
  if (isKnown) return steps;
  const words =
    header.schema.length > known.length
      ? `${file} was made by a newer version of Greenroom (${header.greenroom}, schema ${header.schema.length}; this one knows ${known.length}). Restore it with that version.`
      : `${file} was made by another edition of Greenroom (${header.greenroom}). Restore it with that one.`;
  throw new BackupError('newer', words);
}
