import pg from 'pg';
import { codeOf, DatabaseError } from './errors.ts';
import { APP_ROLE } from './session.ts';

/**
 * Makes the role of the application, and lets the user of this connection take it.
 *
 * A role belongs to the whole cluster, so another database may have made it, or be making it now; and a
 * schema that is restored into another cluster finds none. So it is looked after at every start.
 *
 * @throws {DatabaseError} If the user may not; the message has what an administrator must run.
 */
export async function prepareAppRole(client: pg.Client): Promise<void> {
  try {
    await repeatWhenRaced(() => client.query(PREPARE));
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw await missingPrivilege(client, error);
  }
}

// Who creates a role administers it since PostgreSQL 16, and may take it only when granted so.
const PREPARE = `
do $$
declare
  needed text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
begin
  if to_regrole('${APP_ROLE}') is null then
    create role ${APP_ROLE} nologin;
  end if;
  if not pg_has_role(session_user, '${APP_ROLE}', needed) then
    execute format('grant ${APP_ROLE} to %I', session_user);
  end if;
end $$`;

/** Two databases of a cluster may do this in the same moment; the loser finds it done at its next look. */
async function repeatWhenRaced(prepare: () => Promise<unknown>): Promise<void> {
  for (let left = 5; ; left -= 1) {
    try {
      await prepare();
      return;
    } catch (error) {
      // Duplicate role, duplicate row, and "tuple concurrently updated", which has no code of its own.
      const isRace = ['42710', '23505', 'XX000'].includes(codeOf(error) ?? '');
      if (!isRace || left === 0) throw error;
    }
  }
}

async function missingPrivilege(client: pg.Client, cause: unknown): Promise<DatabaseError> {
  const { rows } = await client.query<{ has_role: boolean }>(
    `select to_regrole('${APP_ROLE}') is not null as has_role`,
  );
  const user = userOf(client);
  const statements = [
    ...(rows[0]?.has_role ? [] : [`create role ${APP_ROLE} nologin;`]),
    `grant ${APP_ROLE} to ${user};`,
  ];
  return privilegeMissing(
    `make the role ${APP_ROLE}, which every connection takes`,
    user,
    statements,
    cause,
  );
}

/**
 * Makes sure that the user may create our tables and schemas.
 *
 * @throws {DatabaseError} If not; the message has what an administrator must run.
 */
export async function requireOwnership(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; may: boolean }>(`
    select current_database() as name,
      has_database_privilege(current_database(), 'create')
        and has_schema_privilege('public', 'create') as may`);
  for (const { name, may } of rows) {
    if (may) continue;
    const user = userOf(client);
    const statement = `alter database ${pg.escapeIdentifier(name)} owner to ${user};`;
    throw privilegeMissing(`create tables in the database ${name}`, user, [statement]);
  }
}

/** What to say when a pooled connection may not take the role. @param url - Address that the pool connects to. */
export function roleNotGranted(url: string, cause: unknown): DatabaseError {
  const user = pg.escapeIdentifier(decodeURIComponent(new URL(url).username));
  return privilegeMissing(
    `take the role ${APP_ROLE}`,
    user,
    [`grant ${APP_ROLE} to ${user};`],
    cause,
  );
}

function privilegeMissing(
  what: string,
  user: string,
  statements: readonly string[],
  cause?: unknown,
): DatabaseError {
  return new DatabaseError(
    'privilege_missing',
    `The user ${user} of DATABASE_URL may not ${what}. Let an administrator run:\n  ${statements.join('\n  ')}`,
    { cause },
  );
}

function userOf(client: pg.Client): string {
  return pg.escapeIdentifier(client.user ?? '');
}
