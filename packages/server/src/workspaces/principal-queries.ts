import type { Role, Scope } from '@greenroom/contract';
import { sql } from 'kysely';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { ApiKeyPrincipal } from './principal.ts';

// Every request with a key begins with it, so it is parsed and planned once a connection.
const READ_KEY = `
  select id, workspace_id, scopes, revoked_at is not null as is_revoked,
    coalesce(expires_at <= app_now(), false) as is_expired,
    coalesce(last_used_at <= app_now() - interval '1 minute', true) as is_use_due
  from api_keys where token_hash = $1`;

interface KeyRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly scopes: Scope[];
  readonly is_revoked: boolean;
  readonly is_expired: boolean;
  readonly is_use_due: boolean;
}

/**
 * Reads the key that the transaction is scoped by.
 *
 * @throws {ProblemError} `unauthenticated`, with the reason.
 */
export async function readKey(tx: Transaction, tokenHash: Buffer): Promise<ApiKeyPrincipal> {
  const { rows } = await tx.executeQuery(
    preparedQuery<KeyRow>('read_api_key', READ_KEY, [tokenHash]),
  );
  const [key] = rows;
  if (key === undefined) throw new ProblemError('unauthenticated', 'The API key is unknown.');
  if (key.is_revoked) throw new ProblemError('unauthenticated', 'The API key was revoked.');
  if (key.is_expired) throw new ProblemError('unauthenticated', 'The API key has expired.');
  if (key.is_use_due) await markUsed(tx, key.id);
  return {
    kind: 'api_key',
    keyId: key.id,
    workspaceId: key.workspace_id,
    scopes: key.scopes,
  };
}

/** Once a minute at most. Of many requests at once one writes it, and none waits for another. */
async function markUsed(tx: Transaction, keyId: string): Promise<void> {
  await sql`
    update api_keys set last_used_at = app_now()
    where id = (select id from api_keys where id = ${keyId} for no key update skip locked)`.execute(
    tx,
  );
}

/** Ids of the workspaces that a person belongs to, the longest membership first. */
export async function listWorkspaceIds(
  tx: Transaction,
  personId: string,
): Promise<readonly string[]> {
  const { rows } = await sql<{
    workspace_id: string;
  }>`select workspace_id from list_workspaces_of(${personId})`.execute(tx);
  return rows.map((row) => row.workspace_id);
}

/**
 * Reads what a person is in the transaction's workspace.
 *
 * @throws {ProblemError} `forbidden` when the person does not belong to it.
 */
export async function readRole(tx: Transaction, personId: string): Promise<Role> {
  const member = await tx
    .selectFrom('members')
    .select('role')
    .where('person_id', '=', personId)
    .executeTakeFirst();
  if (member === undefined) {
    throw new ProblemError('forbidden', 'You do not belong to this workspace.');
  }
  return member.role;
}
