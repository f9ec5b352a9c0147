import pg from 'pg';
import type { Config } from '../config/config.ts';
import { requireOwnership } from '../db/app-role.ts';
import { readConnectPrivilege, revokeConnect } from '../db/connect-privilege.ts';
import { DatabaseUnavailableError, translateError } from '../db/errors.ts';
import { migrations } from '../db/migrations/migrations.ts';
import { type AppliedStep, planSteps, requireServerVersion } from '../db/schema-version.ts';
import { APP_ROLE } from '../db/session.ts';
import { type Finding, failed, failedBy, ok, skipped, warning } from './finding.ts';

/** A database that could be looked at. */
export interface ReachedDatabase {
  /** Address with the user that owns the schema. */
  readonly url: string;
  /** A connection of that user. */
  readonly client: pg.Client;
  /** Whether the schema is this version's, so that the rest may be looked at by our own functions. */
  readonly isCurrent: boolean;
}

/** What was found of the database, and a connection for those who look further. */
export interface DatabaseCheck {
  readonly findings: readonly Finding[];
  readonly reached: ReachedDatabase | undefined;
}

/** The names of what {@link checkDatabase} looks at. */
const CHECKS = ['database', 'database_access', 'schema', 'clock_database'] as const;

/** Looks at a database without changing it. The caller ends the connection. */
export async function checkDatabase(url: string): Promise<DatabaseCheck> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'greenroom-doctor',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    return unreachable(error);
  }
  const schema = await checkSchema(client);
  const findings = [
    await checkServer(client),
    await checkAccess(client),
    schema,
    await checkClock(client),
  ];
  const isCurrent = schema.status === 'ok';
  return { findings, reached: { url, client, isCurrent } };
}

/** What is found when there is no connection. */
export function unreachable(error: unknown): DatabaseCheck {
  const translated = translateError(error);
  const why = error instanceof Error && error.message !== '' ? error.message : String(error);
  const finding =
    translated instanceof DatabaseUnavailableError
      ? failed(
          'database',
          `The database cannot be reached: ${why}.`,
          'Start it, or correct host, port and network in DATABASE_URL.',
        )
      : failedBy('database', error, 'Correct user, password and database in DATABASE_URL.');
  return { findings: [finding, ...skip('The database cannot be reached.')], reached: undefined };
}

/** What is found when there is no embedded database yet. */
export function notMadeYet({ dataFolder }: Config): DatabaseCheck {
  const words = `There is no database in ${dataFolder} yet: greenroom serve makes it.`;
  return { findings: [ok('database', words), ...skip(words)], reached: undefined };
}

function skip(words: string): Finding[] {
  return CHECKS.slice(1).map((check) => skipped(check, words));
}

async function checkServer(client: pg.Client): Promise<Finding> {
  try {
    await requireServerVersion(client);
    await requireOwnership(client);
    const { rows } = await client.query<{ version: string; may: boolean | null }>(
      `select current_setting('server_version') as version,
        case when to_regrole('${APP_ROLE}') is not null
          then pg_has_role(session_user, '${APP_ROLE}', 'member') end as may`,
    );
    const [row] = rows;
    if (row?.may === false) {
      return failed(
        'database',
        `The user of DATABASE_URL may not take the role ${APP_ROLE}.`,
        `Let an administrator run: grant ${APP_ROLE} to "${client.user}";`,
      );
    }
    return ok(
      'database',
      `PostgreSQL ${row?.version} answers, and its user may do what is needed.`,
    );
  } catch (error) {
    return failedBy('database', error);
  }
}

/** The role of the application is one for the whole cluster: who connects may take it. */
async function checkAccess(client: pg.Client): Promise<Finding> {
  const { database, isOpenToAll, mayClose } = await readConnectPrivilege(client);
  if (!isOpenToAll) return ok('database_access', 'Only who was granted it may connect.');
  const user = pg.escapeIdentifier(client.user ?? '');
  const statements = [
    `grant connect on database ${pg.escapeIdentifier(database)} to ${user};`,
    `${revokeConnect(database)};`,
  ];
  return warning(
    'database_access',
    `Every user of the cluster may connect to the database ${database}; that of another Greenroom there ` +
      'could read all of this one.',
    mayClose
      ? 'greenroom serve takes that right away when it starts.'
      : `Let an administrator run:\n  ${statements.join('\n  ')}`,
  );
}

async function checkSchema(client: pg.Client): Promise<Finding> {
  try {
    const missing = planSteps(await readApplied(client), migrations);
    if (missing.length === 0) return ok('schema', `The schema is at step ${migrations.length}.`);
    return warning(
      'schema',
      `${missing.length} of ${migrations.length} steps of the schema are still to come.`,
      'greenroom serve applies them when it starts; make a backup before: greenroom backup',
    );
  } catch (error) {
    return failedBy('schema', error);
  }
}

async function readApplied(client: pg.Client): Promise<readonly AppliedStep[]> {
  const { rows: tables } = await client.query<{ is_there: boolean }>(
    "select to_regclass('public.schema_migrations') is not null as is_there",
  );
  if (tables[0]?.is_there !== true) return [];
  const { rows } = await client.query<AppliedStep>(
    'select number, checksum from public.schema_migrations order by number',
  );
  return rows;
}

/** Expiry dates are written by one clock and judged by another: they must agree. */
async function checkClock(client: pg.Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at');
  const middle = (before + Date.now()) / 2;
  const skewMs = (rows[0]?.at.getTime() ?? middle) - middle;
  return judgeSkew('clock_database', 'the database', skewMs);
}

/** Makes a finding of how far another clock is from this machine's. */
export function judgeSkew(check: string, whose: string, skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds <= 2) return ok(check, `This machine and ${whose} agree about the time.`);
  const words = `The clock of ${whose} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const remedy = 'Let both keep their clocks by NTP: timedatectl set-ntp true';
  return seconds <= 60 ? warning(check, words, remedy) : failed(check, words, remedy);
}
