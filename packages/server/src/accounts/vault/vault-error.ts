/** What went wrong, for a program. */
export type VaultErrorCode =
  /** A sealed value is truncated, was changed, or belongs to another row, column or workspace. */
  | 'sealed_value_unreadable'
  /** The data key that a value was sealed with is not in the database. */
  | 'data_key_missing'
  /** No master key that the configuration gives opens a data key of this database. */
  | 'master_key_wrong'
  /** The configured place holds no master key. */
  | 'master_key_missing'
  /** What the configured place holds is not a master key. */
  | 'master_key_malformed'
  /** The master key's file cannot be read. */
  | 'master_key_unreadable'
  /** The master key's file may be read by others. */
  | 'master_key_exposed'
  /** The master key's file cannot be replaced by a rotation. */
  | 'master_key_fixed'
  /** The master key's command failed, took too long or said too much. */
  | 'master_key_command_failed'
  /** `keys rotate` was given no new key and cannot make one itself. */
  | 'new_master_key_missing'
  /** No data key was made yet: there is nothing to rotate. */
  | 'vault_empty'
  /** The file that the former key should be kept in holds something else. */
  | 'former_key_not_kept'
  /** `keys forget` was called although the configuration gives every master key in use. */
  | 'master_key_not_lost'
  /** `keys forget` was called while a server runs. */
  | 'servers_running'
  /** Another `keys` command works on this database. */
  | 'rotation_under_way';

/** The vault cannot do what was asked. Its message says what to do and holds no secret. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  /** What went wrong, for a program. */
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
