/** Base class of what the database part throws on purpose. Its message is for operators: it says what to do. */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';
  /** Machine-readable reason. */
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why the database part refused. */
export type DatabaseErrorCode =
  | 'unavailable'
  | 'full'
  | 'schema_newer'
  | 'schema_older'
  | 'schema_changed'
  | 'migration_failed'
  | 'too_old'
  | 'privilege_missing'
  | 'access_refused';

/** The database cannot be reached, or went away in the middle. The same work, done again later, may succeed. */
export class DatabaseUnavailableError extends DatabaseError {
  override readonly name = 'DatabaseUnavailableError';
  /** Whether the connection was lost after `commit` was sent, so that the work may have been stored. */
  readonly isUnclear: boolean;

  constructor(cause: unknown, isUnclear = false) {
    super(
      'unavailable',
      isUnclear
        ? 'The database went away while it was committing: the change may be stored or not.'
        : 'The database cannot be reached. Greenroom goes on by itself when it is back.',
      { cause },
    );
    this.isUnclear = isUnclear;
  }
}

/** The database has no room left. Nothing of the transaction was stored. */
export class DatabaseFullError extends DatabaseError {
  override readonly name = 'DatabaseFullError';

  constructor(cause: unknown) {
    super('full', 'The disk of the database is full. Free some space; nothing was changed.', {
      cause,
    });
  }
}

/** Gives what a lost connection or a full disk threw a name of ours; everything else comes back as it is. */
export function translateError(error: unknown, isUnclear = false): unknown {
  const code = codeOf(error);
  if (code === '53100') return new DatabaseFullError(error);
  const refusal = accessRefusals[code ?? ''];
  if (refusal !== undefined) return new DatabaseError('access_refused', refusal, { cause: error });
  if (isLostConnection(error, code)) return new DatabaseUnavailableError(error, isUnclear);
  return error;
}

/** Whether the database failed in a way that passes by itself: the same work, done again later, may succeed. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError || error instanceof DatabaseFullError) return true;
  // Class 40: rolled back for the sake of others (a deadlock); 53: short of memory or of something else.
  return /^(40|53)...$/.test(codeOf(error) ?? '');
}

/** SQLSTATE of a refusal, or the code of a socket's error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function isLostConnection(error: unknown, code: string | undefined): boolean {
  if (code !== undefined && lostConnectionCodes.has(code)) return true;
  // Class 08 is "connection exception" whatever follows.
  if (code !== undefined && /^08...$/.test(code)) return true;
  if (code === '55000' && isClosedDatabase(error)) return true;
  return error instanceof Error && lostConnectionWords.test(error.message);
}

/** A database that takes no connections for now has a code that functions of ours use, too: who says so tells them apart. */
function isClosedDatabase(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'CheckMyDatabase';
}

const accessRefusals: Readonly<Record<string, string>> = {
  '28P01': 'The database refused the password of DATABASE_URL.',
  '28000':
    'The database refused the user of DATABASE_URL, or wants an encrypted connection (sslmode).',
  '3D000': 'The database that DATABASE_URL names does not exist. Create it, and start again.',
};

const lostConnectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  // Shut down by an administrator, after a crash, or still starting; too many connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
  // Read-only: another server has taken its place, and this one's name will lead there.
  '25006',
]);

// What pg says itself when a socket ends; these errors carry no code.
const lostConnectionWords =
  /^(Connection terminated|Connection ended|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout)/;
