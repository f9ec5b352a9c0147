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
  | 'disk_full';

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
