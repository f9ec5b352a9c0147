import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import { type Database, inInstallation, inWorkspace } from '../db/database.ts';
import { createInvitation, FIRST_START, toSetupUrl } from './invitations.ts';
import { insertWorkspace } from './workspaces.ts';

/** Name of the workspace that a new installation has. It can be renamed. */
const FIRST_WORKSPACE = 'Main';

/** What {@link prepareFirstStart} found or made. */
export interface FirstStart {
  /** The installation's first workspace. */
  readonly workspaceId: string;
  /** One-time link for the first owner, while there is no member. Print it once, for a person, and log it nowhere. */
  readonly setupUrl: string | undefined;
}

/**
 * Makes the first workspace, and a link for the first owner as long as nobody belongs to it.
 *
 * A lost link is replaced by the next start; the first link that is used ends all others. Several processes may
 * start at the same time.
 */
export async function prepareFirstStart(options: {
  readonly database: Database;
  /** Base URL by which people reach us. */
  readonly publicUrl: string;
}): Promise<FirstStart> {
  const { database, publicUrl } = options;
  const workspaceId = await findOrMakeFirstWorkspace(database);
  const setupUrl = await inWorkspace(database, workspaceId, async (tx) => {
    const member = await tx.selectFrom('members').select('person_id').limit(1).executeTakeFirst();
    if (member !== undefined) return undefined;
    const { token } = await createInvitation(tx, { actor: STARTER, role: 'owner', workspaceId });
    return toSetupUrl(publicUrl, token);
  });
  return { workspaceId, setupUrl };
}

const STARTER: Actor = { kind: 'system', id: FIRST_START };

async function findOrMakeFirstWorkspace(database: Database): Promise<string> {
  return inInstallation(database, async (tx) => {
    // Held to the end of the transaction: of many processes one makes it, the others find it.
    await sql`select pg_advisory_xact_lock(hashtext('greenroom first workspace'))`.execute(tx);
    const { rows } = await sql<{ id: string | null }>`select find_first_workspace() as id`.execute(
      tx,
    );
    const found = rows[0]?.id;
    if (found != null) return found;
    const id = randomUUID();
    await sql`select set_config('greenroom.workspace_id', ${id}, true)`.execute(tx);
    await insertWorkspace(tx, id, FIRST_WORKSPACE);
    await recordActivity(tx, {
      actor: STARTER,
      action: 'workspace.created',
      reason: 'first start',
      details: { name: FIRST_WORKSPACE },
    });
    return id;
  });
}
