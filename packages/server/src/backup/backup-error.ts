/** Why a backup or a restore was refused or failed. */
export type BackupErrorCode =
  /** The file to be written is there already. */
  | 'file_exists'
  /** The database has no schema of Greenroom, or one that this version does not know. */
  | 'unknown_schema'
  /** The database to restore into holds something. */
  | 'not_empty'
  /** The file is no backup of Greenroom. */
  | 'not_a_backup'
  /** The file was cut short or changed. */
  | 'damaged'
  /** The backup was made by a newer version, or by another edition, of Greenroom. */
  | 'newer'
  /** The disk has no room for the file. */
  | 'disk_full'
  /** The file cannot be written or read. */
  | 'file_unusable';

/** A backup or a restore cannot be done. The message says what to do; nothing was changed. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  /** Machine-readable reason. */
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Gives the error of a file words of ours. One of a database connection never comes here. */
export function fileUnusable(path: string, what: 'written' | 'read', cause: unknown): BackupError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const reason = FILE_REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  const words = `${path} cannot be ${what}: ${reason} (${code}). Name another file, or put that right.`;
  return new BackupError('file_unusable', words, { cause });
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'the user that runs this may not',
  EPERM: 'the user that runs this may not',
  EROFS: 'the disk is mounted read-only',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
};
