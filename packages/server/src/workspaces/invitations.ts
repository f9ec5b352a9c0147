import { randomBytes, randomUUID } from 'node:crypto';
import type { Role } from '@greenroom/contract';
import { sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import { type Database, inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { preparedQuery } from '../db/transaction.ts';
import { ProblemError } from '../http/problem-error.ts';
import { hashToken } from './api-key-token.ts';
import type { Person } from './auth-engine.ts';
import { addMember } from './members.ts';
import { insertPerson, type NewPerson, preparePerson } from './people.ts';
import { getWorkspace, type WorkspaceOfPerson } from './workspaces.ts';

/** Days until an invitation expires. */
const INVITATION_DAYS = 7;

/** What became of an invitation. */
type InvitationState = 'open' | 'used' | 'revoked' | 'expired';

/** A one-time invitation into a workspace. */
export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly state: InvitationState;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Where a page of a list, newest first, begins: behind this entry. */
export interface ListPosition {
  readonly createdAt: Date;
  readonly id: string;
}

/** Invitations of the workspace, newest first. */
export async function listInvitations(
  tx: Transaction,
  { after, limit }: { readonly after: ListPosition | undefined; readonly limit: number },
): Promise<Invitation[]> {
  let query = selectInvitations(tx).orderBy('created_at', 'desc').orderBy('id', 'desc');
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}, ${after.id}::uuid)`);
  }
  return query.limit(limit).execute();
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
  const values = [id, workspaceId, role, hashToken(token), actor.id, INVITATION_DAYS];
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

const INSERT_INVITATION = `
  insert into invitations (id, workspace_id, role, token_hash, created_by, expires_at)
  values ($1, $2, $3, $4, $5, app_now() + make_interval(days => $6))
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

/** Whoever joins: somebody new, or somebody who is signed in. */
export type Joining =
  | { readonly kind: 'new'; readonly person: NewPerson }
  | { readonly kind: 'known'; readonly person: Person };

/** What joining gave. */
export interface Joined {
  readonly person: Person;
  readonly workspace: WorkspaceOfPerson;
}

/**
 * Joins a workspace with an invitation. Of many who use one link at the same time one gets in.
 *
 * @throws {ProblemError} `invitation-unusable`, `email-taken`, `already-member` or `weak-password`; the
 * invitation can still be used then, if it could be before.
 */
export async function acceptInvitation(
  database: Database,
  token: string,
  joining: Joining,
): Promise<Joined> {
  const { workspaceId, tokenHash } = await findInvitation(database, token);
  const { person, store } = await prepare(joining);
  return inWorkspace(database, workspaceId, async (tx) => {
    const { id, role, created_by } = await useInvitation(tx, tokenHash);
    await store(tx);
    if (!(await addMember(tx, { workspaceId, personId: person.id, role }))) {
      throw new ProblemError('already-member', 'You belong to this workspace already.');
    }
    const actor: Actor = { kind: 'person', id: person.id };
    await recordActivity(tx, {
      actor,
      action: 'invitation.accepted',
      subjectId: id,
      reason: `joined as a ${joining.kind} person`,
      details: { role },
    });
    if (created_by === FIRST_START) await revokeOtherFirstLinks(tx, actor);
    return { person, workspace: { ...(await getWorkspace(tx)), role } };
  });
}

/** Who made the invitations whose links are printed until the first owner is there. */
export const FIRST_START = 'first_start';

/** Hashes a newcomer's password before the transaction begins: it takes a while, and others wait for the row. */
async function prepare(
  joining: Joining,
): Promise<{ person: Person; store: (tx: Transaction) => Promise<void> }> {
  if (joining.kind === 'known') return { person: joining.person, store: async () => undefined };
  const prepared = await preparePerson(joining.person);
  const { id, name, email } = prepared;
  return { person: { id, name, email }, store: (tx) => insertPerson(tx, prepared) };
}

/** Every start without an owner prints a new link. With the first owner the others are worth nothing. */
async function revokeOtherFirstLinks(tx: Transaction, actor: Actor): Promise<void> {
  const others = await tx
    .selectFrom('invitations')
    .select('id')
    .where('created_by', '=', FIRST_START)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
  for (const { id } of others) await revokeInvitation(tx, actor, id);
}

/** Refuses early what cannot be used, before anybody's password is hashed. */
async function findInvitation(
  database: Database,
  token: string,
): Promise<{ workspaceId: string; tokenHash: Buffer }> {
  const tokenHash = hashToken(token);
  const { rows } = await inInstallation(database, (tx) =>
    sql<{ workspace_id: string }>`select workspace_id from find_invitation(${tokenHash})`.execute(
      tx,
    ),
  );
  const [found] = rows;
  if (found === undefined) throw unusable('It is unknown.');
  const state = await inWorkspace(database, found.workspace_id, (tx) => readState(tx, tokenHash));
  if (state !== 'open') throw unusable(WHY_UNUSABLE[state]);
  return { workspaceId: found.workspace_id, tokenHash };
}

/** Marks it used. Whoever comes second waits for the first, then finds it used. */
async function useInvitation(
  tx: Transaction,
  tokenHash: Buffer,
): Promise<{ id: string; role: Role; created_by: string }> {
  const used = await tx
    .updateTable('invitations')
    .set({ used_at: sql<Date>`app_now()` })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', sql<Date>`app_now()`)
    .returning(['id', 'role', 'created_by'])
    .executeTakeFirst();
  if (used !== undefined) return used;
  const state = await readState(tx, tokenHash);
  throw unusable(WHY_UNUSABLE[state === 'open' ? 'used' : state]);
}

async function readState(tx: Transaction, tokenHash: Buffer): Promise<InvitationState> {
  const { state } = await selectInvitations(tx)
    .where('token_hash', '=', tokenHash)
    .executeTakeFirstOrThrow();
  return state;
}

function selectInvitations(tx: Transaction) {
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

const WHY_UNUSABLE = {
  used: 'It was used already: a link works once.',
  revoked: 'It was revoked.',
  expired: `It has expired: a link works for ${INVITATION_DAYS} days.`,
} as const;

function unusable(why: string): ProblemError {
  return new ProblemError('invitation-unusable', why);
}
