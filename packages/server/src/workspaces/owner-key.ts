import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scopeRoles } from '@greenroom/contract';
import { sql } from 'kysely';
import { type Actor, recordActivity } from '../activity/record.ts';
import { type Database, inWorkspace } from '../db/database.ts';
import { hashToken, isApiKeyToken, makeApiKeyToken } from './api-key-token.ts';

/** File in the data folder that holds the local owner's API key. */
const OWNER_KEY_FILE = 'owner.key';

/**
 * Makes sure that the data folder holds a working API key with all scopes, readable by its owner alone: whoever
 * can read the folder of an embedded installation owns it anyway, and commands on this machine need no sign-in.
 *
 * A key that is missing, damaged or revoked is replaced.
 *
 * @param workspaceId - The installation's first workspace.
 */
export async function ensureOwnerKey(
  database: Database,
  dataFolder: string,
  workspaceId: string,
): Promise<void> {
  const path = join(dataFolder, OWNER_KEY_FILE);
  const token = await readOwnerKey(dataFolder);
  if (token !== undefined && (await isAlive(database, workspaceId, token))) {
    await chmod(path, 0o600);
    return;
  }
  await writePrivately(path, await makeOwnerKey(database, workspaceId));
}

/** Reads the local owner's API key; `undefined` when there is none, or what is there is no key. */
export async function readOwnerKey(dataFolder: string): Promise<string | undefined> {
  const text = await readFile(join(dataFolder, OWNER_KEY_FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const token = text.trim();
  return isApiKeyToken(token) ? token : undefined;
}

const LOCAL_OWNER: Actor = { kind: 'system', id: 'local_owner' };

async function isAlive(database: Database, workspaceId: string, token: string): Promise<boolean> {
  const row = await inWorkspace(database, workspaceId, (tx) =>
    tx
      .selectFrom('api_keys')
      .select('id')
      .where('token_hash', '=', hashToken(token))
      .where('revoked_at', 'is', null)
      .executeTakeFirst(),
  );
  return row !== undefined;
}

async function makeOwnerKey(database: Database, workspaceId: string): Promise<string> {
  const { token, hash, end } = makeApiKeyToken();
  const id = randomUUID();
  await inWorkspace(database, workspaceId, async (tx) => {
    // Nobody has the former ones any more, or somebody else has. What was made with them stays: after a restore
    // on another machine the file is missing, and no program there may lose its key by it.
    await sql`update api_keys set revoked_at = app_now()
      where created_by = ${LOCAL_OWNER.id} and revoked_at is null`.execute(tx);
    await tx
      .insertInto('api_keys')
      .values({
        id,
        workspace_id: workspaceId,
        name: 'Local owner',
        token_hash: hash,
        token_end: end,
        scopes: Object.keys(scopeRoles),
        created_by: LOCAL_OWNER.id,
      })
      .execute();
    await recordActivity(tx, {
      actor: LOCAL_OWNER,
      action: 'api_key.created',
      subjectId: id,
      reason: `written to ${OWNER_KEY_FILE} in the data folder`,
    });
  });
  return token;
}

/** Whole or not at all, and never readable by others for a moment. */
async function writePrivately(path: string, token: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}
