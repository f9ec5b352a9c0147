import type { Role } from '@greenroom/contract';
import { sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { ProblemError } from '../http/problem-error.ts';
import { revokeHandedOutBy } from './handed-out.ts';
import { type Principal, toActor } from './principal.ts';
import { lockMemberships } from './workspaces.ts';

/** A person in a workspace. */
export interface Member {
  readonly person_id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly created_at: Date;
}

/** Members of the workspace, the first ones first. */
export async function listMembers(
  tx: Transaction,
  { after, limit }: { readonly after: Position | undefined; readonly limit: number },
): Promise<Member[]> {
  let query = selectMembers(tx).orderBy('members.created_at').orderBy('members.person_id');
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(members.created_at, members.person_id) > (${after.at}, ${after.id})`,
    );
  }
  return query.limit(limit).execute();
}

/**
 * Gives a member another role. What the member handed out and the new role does not cover is revoked.
 *
 * @throws {ProblemError} `not-found` or `last-owner`.
 */
export async function changeRole(
  tx: Transaction,
  principal: Principal,
  personId: string,
  role: Role,
): Promise<Member> {
  await lockMemberships(tx);
  const member = await getMember(tx, personId);
  if (member.role === role) return member;
  if (member.role === 'owner') await requireAnotherOwner(tx, personId);
  await tx.updateTable('members').set({ role }).where('person_id', '=', personId).execute();
  await revokeHandedOutBy(tx, toActor(principal), { personId, role });
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'member.updated',
    subjectId: personId,
    reason: 'asked for',
    details: { from: member.role, to: role },
  });
  return { ...member, role };
}

/**
 * Takes a member out of the workspace, with what the member handed out.
 *
 * @throws {ProblemError} `not-found` or `last-owner`.
 */
export async function removeMember(
  tx: Transaction,
  principal: Principal,
  personId: string,
): Promise<void> {
  await lockMemberships(tx);
  const member = await getMember(tx, personId);
  if (member.role === 'owner') await requireAnotherOwner(tx, personId);
  await tx.deleteFrom('members').where('person_id', '=', personId).execute();
  await revokeHandedOutBy(tx, toActor(principal), { personId, role: undefined });
  const isOwnWish = principal.kind === 'person' && principal.personId === personId;
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'member.removed',
    subjectId: personId,
    reason: isOwnWish ? 'left' : 'removed by another',
    details: { role: member.role },
  });
}

/** Makes a person a member; `false` when the person is one already. */
export async function addMember(
  tx: Transaction,
  { workspaceId, personId, role }: { workspaceId: string; personId: string; role: Role },
): Promise<boolean> {
  const added = await tx
    .insertInto('members')
    .values({ workspace_id: workspaceId, person_id: personId, role })
    .onConflict((conflict) => conflict.doNothing())
    .returning('person_id')
    .executeTakeFirst();
  return added !== undefined;
}

async function getMember(tx: Transaction, personId: string): Promise<Member> {
  const member = await selectMembers(tx)
    .where('members.person_id', '=', personId)
    .executeTakeFirst();
  if (member === undefined) throw new ProblemError('not-found', 'There is no such member.');
  return member;
}

function selectMembers(tx: Transaction) {
  return tx
    .selectFrom('members')
    .innerJoin('identity.people as person', 'person.id', 'members.person_id')
    .select([
      'members.person_id',
      'person.name',
      'person.email',
      'members.role',
      'members.created_at',
    ]);
}

async function requireAnotherOwner(tx: Transaction, personId: string): Promise<void> {
  const other = await tx
    .selectFrom('members')
    .select('person_id')
    .where('role', '=', 'owner')
    .where('person_id', '<>', personId)
    .executeTakeFirst();
  if (other !== undefined) return;
  throw new ProblemError(
    'last-owner',
    'This is the only owner of the workspace. Make somebody else an owner first.',
  );
}
