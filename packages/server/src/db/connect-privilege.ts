import pg from 'pg';

/** Who may connect to a database. */
export interface ConnectPrivilege {
  /** Name of the database. */
  readonly database: string;
  /** Whether everybody may who can log in anywhere in the cluster, as PostgreSQL has it from the start. */
  readonly isOpenToAll: boolean;
  /** Whether the user of this connection may change that. */
  readonly mayClose: boolean;
}

/** Reads who may connect to the database of this connection. */
export async function readConnectPrivilege(client: pg.Client): Promise<ConnectPrivilege> {
  const { rows } = await client.query<ConnectPrivilege>(`
    select datname as database, has_database_privilege('public', oid, 'connect') as "isOpenToAll",
      pg_has_role(session_user, datdba, 'usage') as "mayClose"
    from pg_database where datname = current_database()`);
  const [row] = rows;
  if (row === undefined) throw new Error('The catalogue lacks the database of its own connection');
  return row;
}

/**
 * Lets nobody connect to the database but its owner and whom a grant names, where the user of this connection may.
 *
 * The role of the application belongs to the whole cluster and has its rights in each Greenroom database: the user
 * of another installation there could take it here and read everything. A copy of a database does not take its
 * grants along, so this is looked after at every start; where the user may not, the doctor tells.
 */
export async function closeToOthers(client: pg.Client): Promise<void> {
  const { database, isOpenToAll, mayClose } = await readConnectPrivilege(client);
  if (isOpenToAll && mayClose) await client.query(revokeConnect(database));
}

/** What takes the right to connect from everybody. */
export function revokeConnect(database: string): string {
  return `revoke connect on database ${pg.escapeIdentifier(database)} from public`;
}
