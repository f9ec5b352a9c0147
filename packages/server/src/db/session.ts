import pg from 'pg';

/** The role that every pooled connection takes: row-level security binds it, and it owns nothing. */
export const APP_ROLE = 'greenroom_app';

/**
 * What a new connection is told before its first use.
 *
 * By a statement and not by start-up options, which poolers such as PgBouncer refuse.
 */
export function sessionSettings(timeouts: SessionTimeouts): string {
  return [
    `set role ${APP_ROLE}`,
    'set search_path = public',
    "set timezone = 'UTC'",
    `set statement_timeout = ${timeouts.statementTimeoutMs}`,
    `set lock_timeout = ${timeouts.lockTimeoutMs}`,
    `set idle_in_transaction_session_timeout = ${timeouts.idleTransactionTimeoutMs}`,
    COMMIT_TO_DISK,
    END_WITH_CLIENT,
  ].join('; ');
}

/**
 * Makes a commit wait until it cannot get lost, on a server that is set to answer before that.
 *
 * What was sent to TikTok is committed before it is sent: a commit that a crash of PostgreSQL takes back is sent again.
 */
const COMMIT_TO_DISK = `
select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/**
 * Lets a statement end soon after the process that sent it died, and its locks with it; else it would run to its end.
 *
 * PostgreSQL on some systems cannot see that, and refuses the setting: there its statements go on as they always did.
 */
export const END_WITH_CLIENT = `
do $$ begin
  perform set_config('client_connection_check_interval', '2s', false);
exception when invalid_parameter_value then null;
end $$`;

/** How long a session may keep others waiting. */
export interface SessionTimeouts {
  /** Longest run of one statement. */
  readonly statementTimeoutMs: number;
  /** Longest wait for a lock. */
  readonly lockTimeoutMs: number;
  /** Longest silence inside a transaction: a hung process must not keep its locks. */
  readonly idleTransactionTimeoutMs: number;
}

/**
 * Reads values as TypeScript wants them: `bigint` columns as numbers, all else as pg does.
 *
 * Our `bigint`s are counters and sizes; one beyond 2^53 is refused rather than rounded. TikTok's ids are text.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? parseSafeInteger
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser, // as: an overloaded signature that an arrow cannot spell
};

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
}
