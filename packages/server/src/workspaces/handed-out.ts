import { isRoleAtLeast, type Role, roles, scopeRoles } from '@greenroom/contract';
import { type RawBuilder, sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Principal } from './principal.ts';

/**
 * Holds the rights of whoever is about to hand some out until the transaction ends. Whoever takes them away at the
 * same moment waits for it, and then finds what was handed out.
 *
 * @throws {ProblemError} `forbidden` when they changed since the transaction began.
 */
export async function holdRights(tx: Transaction, principal: Principal): Promise<void> {
  const { rows } = await tx.executeQuery(
    principal.kind === 'person'
      ? preparedQuery('hold_role', HOLD_ROLE, [principal.personId, principal.role])
      : preparedQuery('hold_api_key', HOLD_KEY, [principal.keyId]),
  );
  if (rows.length === 0) throw new ProblemError('forbidden', 'Your rights have just changed.');
}

const HOLD_ROLE = 'select role from members where person_id = $1 and role = $2 for share';
const HOLD_KEY = 'select id from api_keys where id = $1 and revoked_at is null for share';

/**
 * Takes back what a person handed out and what `role` does not cover: API keys with all that was made with them,
 * and open invitations into wider roles.
 *
 * @param role - What the person is from now on; `undefined`: no member any more.
 */
export async function revokeHandedOutBy(
  tx: Transaction,
  actor: Actor,
  { personId, role }: { readonly personId: string; readonly role: Role | undefined },
): Promise<void> {
  const isCovered = (least: Role) => role !== undefined && isRoleAtLeast(role, least);
  const scopes = Object.entries(scopeRoles).flatMap(([scope, least]) =>
    isCovered(least) ? [scope] : [],
  );
  const isOfPerson = sql<boolean>`created_by = ${personId}`;
  await revokeAll(tx, actor, {
    keys: sql`${isOfPerson} and (${role === undefined} or not scopes <@ ${scopes}::text[])`,
    invitations: sql`${isOfPerson} and not role = any(${roles.filter(isCovered)}::text[])`,
    reason: () => 'whoever made it may do less now',
  });
}

/** Revokes an API key with all that was made with it: keys, and open invitations. */
export async function revokeKeyTree(tx: Transaction, actor: Actor, keyId: string): Promise<void> {
  await revokeAll(tx, actor, {
    keys: sql`id = ${keyId}`,
    invitations: sql`false`,
    reason: (id) => (id === keyId ? 'asked for' : 'made with a key that was revoked'),
  });
}

/** What is to be revoked, with all that was made with these keys. */
interface Revoking {
  readonly keys: RawBuilder<unknown>;
  readonly invitations: RawBuilder<unknown>;
  readonly reason: (id: string) => string;
}

async function revokeAll(tx: Transaction, actor: Actor, revoking: Revoking): Promise<void> {
  // Whoever handed out something while we waited for the lock on a key is found by the next turn only.
  for (;;) {
    const revoked = await revokeOnce(tx, revoking);
    if (revoked.length === 0) return;
    for (const { id, action } of revoked) {
      await recordActivity(tx, { actor, action, subjectId: id, reason: revoking.reason(id) });
    }
  }
}

async function revokeOnce(tx: Transaction, { keys, invitations }: Revoking) {
  const { rows } = await sql<{ id: string; action: 'api_key.revoked' | 'invitation.revoked' }>`
    with recursive tree (id) as (
      select id::text from api_keys where ${keys}
      union
      select child.id::text from api_keys child join tree on child.created_by = tree.id
    ), revoked_keys as (
      update api_keys set revoked_at = app_now()
      where id::text in (select id from tree) and revoked_at is null
      returning id
    ), revoked_invitations as (
      update invitations set revoked_at = app_now()
      where (${invitations} or created_by in (select id from tree))
        and used_at is null and revoked_at is null
      returning id
    )
    select id, 'api_key.revoked' as action from revoked_keys
    union all
    select id, 'invitation.revoked' from revoked_invitations`.execute(tx);
  return rows;
}
