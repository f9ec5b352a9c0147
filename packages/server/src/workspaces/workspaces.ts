import { randomUUID } from 'node:crypto';
import type { Role } from '@greenroom/contract';
import { sql } from 'kysely';
import { recordActivity } from '../activity/record.ts';
import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type Principal, toActor } from './principal.ts';
import { listWorkspaceIds } from './principal-queries.ts';

/** A workspace. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
}

/** A workspace, as one of its members sees it. */
export interface WorkspaceOfPerson extends Workspace {
  readonly role: Role;
}

/** The workspaces of a person, the longest membership first. The transaction works in no workspace. */
export async function listWorkspacesOf(
  tx: Transaction,
  personId: string,
): Promise<readonly WorkspaceOfPerson[]> {
  const found: WorkspaceOfPerson[] = [];
  for (const id of await listWorkspaceIds(tx, personId)) {
    found.push(await inside(tx, id, () => readWorkspaceOf(tx, personId)));
  }
  return found;
}

/** The workspace that the transaction works in. */
export async function getWorkspace(tx: Transaction): Promise<Workspace> {
  return tx.selectFrom('workspaces').select(['id', 'name', 'created_at']).executeTakeFirstOrThrow();
}

/** Makes a workspace with its first owner. The transaction works in no workspace. */
export async function createWorkspace(
  tx: Transaction,
  { name, ownerId }: { readonly name: string; readonly ownerId: string },
): Promise<Workspace> {
  const id = randomUUID();
  return inside(tx, id, async () => {
    const workspace = await insertWorkspace(tx, id, name);
    await tx
      .insertInto('members')
      .values({ workspace_id: id, person_id: ownerId, role: 'owner' })
      .execute();
    await recordActivity(tx, {
      actor: { kind: 'person', id: ownerId },
      action: 'workspace.created',
      reason: 'asked for by the person',
      details: { name },
    });
    return workspace;
  });
}

/** Stores a workspace without members. The transaction works in it already. */
export async function insertWorkspace(
  tx: Transaction,
  id: string,
  name: string,
): Promise<Workspace> {
  return tx
    .insertInto('workspaces')
    .values({ id, name })
    .returning(['id', 'name', 'created_at'])
    .executeTakeFirstOrThrow();
}

/** Gives the workspace another name. */
export async function renameWorkspace(
  tx: Transaction,
  principal: Principal,
  name: string,
): Promise<Workspace> {
  const before = await getWorkspace(tx);
  const after = await tx
    .updateTable('workspaces')
    .set({ name })
    .returning(['id', 'name', 'created_at'])
    .executeTakeFirstOrThrow();
  await recordActivity(tx, {
    actor: toActor(principal),
    action: 'workspace.updated',
    reason: 'renamed',
    details: { from: before.name, to: after.name },
  });
  return after;
}

/**
 * Makes all others wait who are about to change who belongs to this workspace: what is decided by counting owners
 * must not be decided twice at the same time.
 */
export async function lockMemberships(tx: Transaction): Promise<void> {
  await tx.selectFrom('workspaces').select('id').forNoKeyUpdate().executeTakeFirstOrThrow();
}

/** Works in a workspace for a while, inside a transaction of none. */
async function inside<T>(tx: Transaction, workspaceId: string, work: () => Promise<T>): Promise<T> {
  await enter(tx, workspaceId);
  const result = await work();
  await enter(tx, '');
  return result;
}

async function enter(tx: Transaction, workspaceId: string): Promise<void> {
  await sql`select set_config('greenroom.workspace_id', ${workspaceId}, true)`.execute(tx);
}

async function readWorkspaceOf(tx: Transaction, personId: string): Promise<WorkspaceOfPerson> {
  const workspace = await tx
    .selectFrom('workspaces')
    .innerJoin('members', 'members.workspace_id', 'workspaces.id')
    .select(['workspaces.id', 'workspaces.name', 'workspaces.created_at', 'members.role'])
    .where('members.person_id', '=', personId)
    .executeTakeFirst();
  if (workspace === undefined)
    throw new ProblemError('not-found', 'The membership has just ended.');
  return workspace;
}
