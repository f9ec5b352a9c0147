/** What went wrong with the embedded database, by what a person would do about it. */
export type EngineErrorCode =
  /** Another process works on the folder. */
  | 'in_use'
  /** There is no database in the folder. */
  | 'missing'
  /** There are no binaries for this platform. */
  | 'no_binaries'
  /** The binaries are there, and this machine cannot run them. */
  | 'cannot_run'
  /** The disk is full. */
  | 'disk_full'
  /** The folder was written by another major version of PostgreSQL. */
  | 'other_version'
  /** The folder belongs to somebody else, or cannot be reached. */
  | 'no_access'
  /** Processes of a server that died are still ending. */
  | 'still_ending'
  /** The folder holds something that is not a database of ours. */
  | 'not_ours'
  /** The database did not start, for a reason that its log tells. */
  | 'not_started';

/** The embedded database cannot do what it was asked for. The message says what to do about it. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  /** Machine-readable cause. */
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Another server works on the data folder. */
export class EngineInUseError extends EngineError {
  override readonly name = 'EngineInUseError';
  /** Process id of that server, when it could write it down. */
  readonly ownerPid: number | undefined;

  constructor(folder: string, owner: { readonly pid: number; readonly host: string } | undefined) {
    const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
    super(
      'in_use',
      `${folder} is in use by ${who}. Stop that server first, or give this one a data folder of its own (GREENROOM_DATA).`,
    );
    this.ownerPid = owner?.pid;
  }
}
