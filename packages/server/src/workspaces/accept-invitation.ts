import type { Role } from '@greenroom/contract';
import { sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import { type Database, inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { hashToken } from './api-key-token.ts';
import type { Person } from './auth-engine.ts';
import {
  FIRST_START,
  INVITATION_DAYS,
  type InvitationState,
  revokeInvitation,
  selectInvitations,
} from './invitations.ts';
import { addMember } from './members.ts';
import { insertPerson, type NewPerson, preparePerson } from './people.ts';
import { getWorkspace, type WorkspaceOfPerson } from './workspaces.ts';

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
  { config, database }: Pick<Services, 'config' | 'database'>,
  token: string,
  joining: Joining,
): Promise<Joined> {
  const { workspaceId, tokenHash } = await findInvitation(database, token);
  const { person, store } = await prepare(joining, config.passwordCost);
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

/** Hashes a newcomer's password before the transaction begins: it takes a while, and others wait for the row. */
async function prepare(
  joining: Joining,
  passwordCost: number,
): Promise<{ person: Person; store: (tx: Transaction) => Promise<void> }> {
  if (joining.kind === 'known') return { person: joining.person, store: async () => undefined };
  const prepared = await preparePerson(joining.person, passwordCost);
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

const WHY_UNUSABLE = {
  used: 'It was used already: a link works once.',
  revoked: 'It was revoked.',
  expired: `It has expired: a link works for ${INVITATION_DAYS} days.`,
} as const;

function unusable(why: string): ProblemError {
  return new ProblemError('invitation-unusable', why);
}
