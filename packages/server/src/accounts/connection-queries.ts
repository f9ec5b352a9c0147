import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Transaction } from '../db/transaction.ts';
import type { ConnectionFlow, ConnectionOutcome } from './tables.ts';

/** A connection, without what is secret of it. */
export interface ConnectionRow {
  readonly id: string;
  readonly app_id: string;
  readonly account_id: string | null;
  readonly flow: ConnectionFlow;
  readonly redirect_uri: string;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly outcome: ConnectionOutcome | null;
  readonly outcome_code: string | null;
  readonly connected_account_id: string | null;
}

/** A connection that is being completed. */
export interface ClaimableConnection extends ConnectionRow {
  readonly state_hash: Buffer;
  readonly session_hash: Buffer;
  readonly code_verifier_sealed: Buffer | null;
  readonly is_expired: boolean;
}

const COLUMNS = [
  'id',
  'app_id',
  'account_id',
  'flow',
  'redirect_uri',
  'scopes',
  'created_at',
  'expires_at',
  'used_at',
  'outcome',
  'outcome_code',
  'connected_account_id',
] as const;

/** Stores a connection that begins now and may be completed within `lifetimeMinutes`. */
export async function insertConnection(
  tx: Transaction,
  connection: {
    readonly id: string;
    readonly workspaceId: string;
    readonly appId: string;
    readonly accountId: string | null;
    readonly flow: ConnectionFlow;
    readonly redirectUri: string;
    readonly scopes: readonly string[];
    readonly stateHash: Buffer;
    readonly sessionHash: Buffer;
    readonly codeVerifierSealed: Buffer | null;
    readonly lifetimeMinutes: number;
  },
): Promise<ConnectionRow> {
  return tx
    .insertInto('connections')
    .values({
      id: connection.id,
      workspace_id: connection.workspaceId,
      app_id: connection.appId,
      account_id: connection.accountId,
      flow: connection.flow,
      redirect_uri: connection.redirectUri,
      scopes: [...connection.scopes],
      state_hash: connection.stateHash,
      session_hash: connection.sessionHash,
      code_verifier_sealed: connection.codeVerifierSealed,
      expires_at: sql<Date>`app_now() + make_interval(mins => ${connection.lifetimeMinutes})`,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** Reads a connection of the workspace. */
export async function findConnection(
  tx: Transaction,
  connectionId: string,
): Promise<ConnectionRow | undefined> {
  return tx
    .selectFrom('connections')
    .select(COLUMNS)
    .where('id', '=', connectionId)
    .executeTakeFirst();
}

/** Which workspace a state belongs to, whoever asks; only its hash is compared. */
export async function findWorkspaceOfState(
  database: Database,
  stateHash: Buffer,
): Promise<string | undefined> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from find_connection(${stateHash})`.execute(database.kysely);
  return rows[0]?.workspace_id;
}

/** Reads the connection of a state and keeps others from completing it until the transaction ends. */
export async function lockConnectionOfState(
  tx: Transaction,
  stateHash: Buffer,
): Promise<ClaimableConnection | undefined> {
  return tx
    .selectFrom('connections')
    .select([...COLUMNS, 'state_hash', 'session_hash', 'code_verifier_sealed'])
    .select(sql<boolean>`expires_at <= app_now()`.as('is_expired'))
    .where('state_hash', '=', stateHash)
    .forUpdate()
    .executeTakeFirst();
}

/** Reads which account a connection has connected, and keeps others from ending it until the transaction ends. */
export async function lockConnection(
  tx: Transaction,
  connectionId: string,
): Promise<Pick<ConnectionRow, 'connected_account_id'> | undefined> {
  return tx
    .selectFrom('connections')
    .select('connected_account_id')
    .where('id', '=', connectionId)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Uses a connection up: its state is taken no second time, and its verifier is forgotten. */
export async function useConnection(tx: Transaction, connectionId: string): Promise<void> {
  await tx
    .updateTable('connections')
    .set({ used_at: sql<Date>`app_now()`, code_verifier_sealed: null })
    .where('id', '=', connectionId)
    .execute();
}

/** Stores how a connection ended. */
export async function endConnection(
  tx: Transaction,
  connectionId: string,
  end: {
    readonly outcome: ConnectionOutcome;
    readonly code: string | null;
    readonly accountId: string | null;
  },
): Promise<void> {
  await tx
    .updateTable('connections')
    .set({
      outcome: end.outcome,
      outcome_code: end.code,
      connected_account_id: end.accountId,
    })
    .where('id', '=', connectionId)
    .execute();
}

/** Deletes connections that have been over for a month. */
export async function deleteOldConnections(database: Database, most: number): Promise<number> {
  const { rows } = await sql<{ deleted: number }>`
    select delete_old_connections(${most}) as deleted`.execute(database.kysely);
  return rows[0]?.deleted ?? 0;
}
