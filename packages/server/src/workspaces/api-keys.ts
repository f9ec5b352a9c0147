import { randomUUID } from 'node:crypto';
import { isRoleAtLeast, type Scope, scopeRoles } from '@greenroom/contract';
import { sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { ProblemError } from '../http/problem-error.ts';
import { makeApiKeyToken } from './api-key-token.ts';
import { holdRights, revokeKeyTree } from './handed-out.ts';
import { type Principal, toActor } from './principal.ts';

/** An API key, without the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Its last characters. */
  readonly token_end: string;
  readonly scopes: readonly Scope[];
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

/** What a new key is to be. */
export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Days until it expires; without it, it does not. */
  readonly expiresInDays: number | undefined;
}

/** API keys of the workspace, newest first. */
export async function listApiKeys(
  tx: Transaction,
  { after, limit }: { readonly after: Position | undefined; readonly limit: number },
): Promise<ApiKey[]> {
  let query = selectApiKeys(tx).orderBy('created_at', 'desc').orderBy('id', 'desc');
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id}::uuid)`);
  }
  return (await query.limit(limit).execute()).map(toApiKey);
}

/**
 * Makes an API key. The token it returns is stored nowhere.
 *
 * @throws {ProblemError} `forbidden` when it is to do more, or to live longer, than whoever makes it.
 */
export async function createApiKey(
  tx: Transaction,
  principal: Principal,
  { name, scopes, expiresInDays }: NewApiKey,
): Promise<{ readonly apiKey: ApiKey; readonly token: string }> {
  requireCovered(principal, scopes);
  await holdRights(tx, principal);
  const { token, hash, end } = makeApiKeyToken();
  const actor = toActor(principal);
  const id = randomUUID();
  await tx
    .insertInto('api_keys')
    .values({
      id,
      workspace_id: principal.workspaceId,
      name,
      token_hash: hash,
      token_end: end,
      scopes: [...new Set(scopes)],
      created_by: actor.id,
      expires_at:
        expiresInDays === undefined
          ? null
          : sql<Date>`app_now() + make_interval(days => ${expiresInDays})`,
    })
    .execute();
  if (principal.kind === 'api_key') await endWithMaker(tx, id, principal.keyId);
  await recordActivity(tx, {
    actor,
    action: 'api_key.created',
    subjectId: id,
    reason: 'asked for',
    details: { name, scopes: [...scopes] },
  });
  return { apiKey: await getApiKey(tx, id), token };
}

/**
 * Revokes an API key with the keys and the open invitations that were made with it, at once and for good. Twice is as good as once.
 *
 * @throws {ProblemError} `not-found`, or `forbidden` when it is somebody else's and the caller is no owner.
 */
export async function revokeApiKey(
  tx: Transaction,
  principal: Principal,
  id: string,
): Promise<void> {
  const apiKey = await getApiKey(tx, id);
  const isForeign = principal.kind === 'person' && apiKey.created_by !== principal.personId;
  if (isForeign && principal.role !== 'owner') {
    throw new ProblemError('forbidden', 'Only an owner can revoke a key that somebody else made.');
  }
  await revokeKeyTree(tx, toActor(principal), id);
}

function requireCovered(principal: Principal, scopes: readonly Scope[]): void {
  const tooWide = scopes.filter((scope) =>
    principal.kind === 'person'
      ? !isRoleAtLeast(principal.role, scopeRoles[scope])
      : !principal.scopes.includes(scope),
  );
  if (tooWide.length === 0) return;
  throw new ProblemError('forbidden', `You may not hand out ${tooWide.join(', ')}.`);
}

/** A key that is about to expire must not make one that is not. */
async function endWithMaker(tx: Transaction, id: string, makerId: string): Promise<void> {
  await sql`
    update api_keys made set expires_at = least(made.expires_at, maker.expires_at)
    from api_keys maker where made.id = ${id} and maker.id = ${makerId}`.execute(tx);
}

async function getApiKey(tx: Transaction, id: string): Promise<ApiKey> {
  const found = await selectApiKeys(tx).where('id', '=', id).executeTakeFirst();
  if (found === undefined) throw new ProblemError('not-found', 'There is no such API key.');
  return toApiKey(found);
}

function selectApiKeys(tx: Transaction) {
  return tx
    .selectFrom('api_keys')
    .select([
      'id',
      'name',
      'token_end',
      'scopes',
      'created_by',
      'created_at',
      'expires_at',
      'last_used_at',
      'revoked_at',
    ]);
}

function toApiKey(row: Omit<ApiKey, 'scopes'> & { readonly scopes: string[] }): ApiKey {
  // Only what the contract's schema let through was ever stored.
  return { ...row, scopes: row.scopes as Scope[] };
}
