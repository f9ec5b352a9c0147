import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../src/accounts/secret.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import type { Place } from '../../src/accounts/vault/vault.ts';
import { type Database, inWorkspace } from '../../src/db/database.ts';

/** A folder that goes with the test. */
export function makeFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'greenroom-vault-'));
  chmodSync(path, 0o700);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A master key as an operator makes it. */
export function makeKeyText(): string {
  return randomBytes(32).toString('base64');
}

/** The source of `GREENROOM_MASTER_KEY`, with former keys as `GREENROOM_MASTER_KEY_PREVIOUS`. */
export function keysFromEnvironment(key: string, previous?: string) {
  return masterKeySource({
    masterKey: Secret.of(key),
    masterKeyPrevious: previous === undefined ? undefined : Secret.of(previous),
    dataFolder: '/nonexistent',
  });
}

/** A workspace in the database; its id. */
export async function makeWorkspace(database: Database): Promise<string> {
  const id = randomUUID();
  await inWorkspace(database, id, async (tx) => {
    await tx.insertInto('workspaces').values({ id, name: 'Studio' }).execute();
  });
  return id;
}

/** A place in a workspace, or with `null` of the installation. */
export function placeIn(workspaceId: string | null, rowId: string = randomUUID()): Place {
  return { workspaceId, table: 'account_tokens', column: 'access_token_sealed', rowId };
}
