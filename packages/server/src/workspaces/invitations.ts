import { randomBytes, randomUUID } from 'node:crypto';
import type { Role } from '@greenroom/contract';
import { sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import type { Position } from '../db/position.ts';
import { preparedQuery } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';
import { hashToken } from './api-key-token.ts';
import { holdRights } from './handed-out.ts';
import { type Principal, toActor } from './principal.ts';

/** Days until an invitation expires. */
export const INVITATION_DAYS = 7;

/** What became of an invitation. */
export type InvitationState = 'open' | 'used' | 'revoked' | 'expired';

/** Who made the invitations whose links are printed until the first owner is there. */
export const FIRST_START = 'first_start';

/** A one-time invitation into a workspace. */
export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly state: InvitationState;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Invitations of the workspace, newest first. */
export async function listInvitations(
  tx: Transaction,
  { after, limit }: { readonly after: Position | undefined; readonly limit: number },
): Promise<Invitation[]> {
  let query = selectInvitations(tx).orderBy('created_at', 'desc').orderBy('id', 'desc');
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id}::uuid)`);
  }
  return query.limit(limit).execute();
}

/**
 * Makes an invitation for whoever may invite.
 *
 * @throws {ProblemError} `forbidden` when that has changed a moment ago.
 */
export async function invite(
  tx: Transaction,
  principal: Principal,
  role: Role,
): ReturnType<typeof createInvitation> {
  await holdRights(tx, principal);
  const { workspaceId } = principal;
  return createInvitation(tx, { actor: toActor(principal), role, workspaceId });
}

/**
 * Makes an invitation.
 *
 * @returns The invitation and its token, which is stored nowhere: it goes into a link behind `#`, so that no
 * server's log ever has it.
 */
export async function createInvitation(
  tx: Transaction,
  { actor, role, workspaceId }: { actor: Actor; role: Role; workspaceId: string },
): Promise<{ readonly invitation: Invitation; readonly token: string }> {
  const token = randomBytes(32).toString('base64url');
  const id = randomUUID();
  const keyId = actor.kind === 'api_key' ? actor.id : null;
  const values = [id, workspaceId, role, hashToken(token), actor.id, INVITATION_DAYS, keyId];
  const { rows } = await tx.executeQuery(
    preparedQuery<Invitation>('create_invitation', INSERT_INVITATION, values),
  );
  const [invitation] = rows;
  if (invitation === undefined) throw new Error('An insert gave no row.');
  await recordActivity(tx, {
    actor,
    action: 'invitation.created',
    subjectId: id,
    reason: 'asked for',
    details: { role },
  });
  return { invitation, token };
}

// A key that is about to expire must not make a link that is not.
const INSERT_INVITATION = `
  insert into invitations (id, workspace_id, role, token_hash, created_by, expires_at)
  values ($1, $2, $3, $4, $5, least(app_now() + make_interval(days => $6),
    (select expires_at from api_keys where id = $7)))
  returning id, role, created_by, created_at, expires_at, 'open' as state`;

/** The one-time link of an invitation. */
export function toSetupUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/setup#${token}`;
}

/**
 * Revokes an invitation that was not used.
 *
 * @throws {ProblemError} `not-found`, or `conflict` when it was used.
 */
export async function revokeInvitation(tx: Transaction, actor: Actor, id: string): Promise<void> {
  const revoked = await tx
    .updateTable('invitations')
    .set({ revoked_at: sql<Date>`app_now()` })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (revoked !== undefined) {
    await recordActivity(tx, {
      actor,
      action: 'invitation.revoked',
      subjectId: id,
      reason: 'asked for',
    });
    return;
  }
  const found = await selectInvitations(tx).where('id', '=', id).executeTakeFirst();
  if (found === undefined) throw new ProblemError('not-found', 'There is no such invitation.');
  if (found.state === 'used')
    throw new ProblemError('conflict', 'The invitation was used already.');
}

/** Invitations as people see them. */
export function selectInvitations(tx: Transaction) {
  return tx.selectFrom('invitations').select([
    'id',
    'role',
    'created_by',
    'created_at',
    'expires_at',
    sql<InvitationState>`case
        when used_at is not null then 'used'
        when revoked_at is not null then 'revoked'
        when expires_at <= app_now() then 'expired'
        else 'open' end`.as('state'),
  ]);
}
