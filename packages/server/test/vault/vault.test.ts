import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { openVault, type Place, type Vault } from '../../src/accounts/vault/vault.ts';
import { type Database, inInstallation, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { keysFromEnvironment, makeKeyText, makeWorkspace, placeIn } from './fixtures.ts';

const TOKEN = 'act.example-canary';

interface Scene extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly database: Database;
  readonly vault: Vault;
}

async function openScene(): Promise<Scene> {
  const own = await createTestDatabase();
  const database = await openDatabase({ url: own.url });
  const key = makeKeyText();
  const vault = await openVault({ database, masterKeys: keysFromEnvironment(key) });
  const close = async () => {
    await database.close();
    await own.close();
  };
  return { url: own.url, key, database, vault, [Symbol.asyncDispose]: close };
}

function sealIn({ database, vault }: Scene, place: Place, text = TOKEN): Promise<Buffer> {
  const workspaceId = place.workspaceId;
  if (workspaceId === null) {
    return inInstallation(database, (tx) => vault.seal(tx, place, Secret.of(text)));
  }
  return inWorkspace(database, workspaceId, (tx) => vault.seal(tx, place, Secret.of(text)));
}

function openIn(scene: Scene, place: Place, sealed: Buffer, vault = scene.vault): Promise<Secret> {
  const { database } = scene;
  if (place.workspaceId === null) {
    return inInstallation(database, (tx) => vault.open(tx, place, sealed));
  }
  return inWorkspace(database, place.workspaceId, (tx) => vault.open(tx, place, sealed));
}

async function countDataKeys({ database }: Scene, workspaceId: string): Promise<number> {
  const rows = await inWorkspace(database, workspaceId, (tx) =>
    tx.selectFrom('data_keys').select('id').execute(),
  );
  return rows.length;
}

describe('the vault', () => {
  test('opens what another process sealed', async () => {
    await using scene = await openScene();
    const place = placeIn(await makeWorkspace(scene.database));
    const sealed = await sealIn(scene, place);
    const other = await openVault({
      database: scene.database,
      masterKeys: keysFromEnvironment(scene.key),
    });
    expect((await openIn(scene, place, sealed, other)).reveal()).toBe(TOKEN);
    expect((await openIn(scene, place, sealed)).reveal()).toBe(TOKEN);
    expect(sealed.includes(TOKEN)).toBe(false);
  });

  test("opens the installation's own secrets within any workspace's transaction", async () => {
    await using scene = await openScene();
    const place = placeIn(null);
    const sealed = await sealIn(scene, place);
    const workspaceId = await makeWorkspace(scene.database);
    const opened = await inWorkspace(scene.database, workspaceId, (tx) =>
      scene.vault.open(tx, place, sealed),
    );
    expect(opened.reveal()).toBe(TOKEN);
  });

  test('opens a value in its own place only', async () => {
    await using scene = await openScene();
    const workspaceId = await makeWorkspace(scene.database);
    const other = await makeWorkspace(scene.database);
    const place = placeIn(workspaceId);
    const sealed = await sealIn(scene, place);
    await sealIn(scene, placeIn(other));
    const elsewhere: Place[] = [
      { ...place, rowId: placeIn(null).rowId },
      { ...place, column: 'refresh_token_sealed' },
      { ...place, table: 'connections' },
      { ...place, workspaceId: null },
      { ...place, workspaceId: other },
    ];
    for (const there of elsewhere) {
      await expect(openIn(scene, there, sealed)).rejects.toMatchObject({
        name: 'VaultError',
        code: expect.stringMatching(/^(sealed_value_unreadable|data_key_missing)$/),
      });
    }
  });

  test('refuses what was changed, cut or never sealed, and shows nothing of it', async () => {
    await using scene = await openScene();
    const place = placeIn(await makeWorkspace(scene.database));
    const sealed = await sealIn(scene, place);
    const changed = Buffer.from(sealed);
    changed[35] = (changed[35] ?? 0) ^ 1;
    for (const bad of [changed, sealed.subarray(0, -1), Buffer.from(TOKEN), Buffer.of()]) {
      const error: unknown = await openIn(scene, place, bad).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'sealed_value_unreadable' });
      const seen = inspect(error, { depth: null, showHidden: true });
      expect(seen).toContain(place.rowId);
      expect(seen).not.toContain(TOKEN);
      expect(seen).not.toContain(sealed.subarray(29).toString('hex').slice(0, 16));
    }
  });

  test('keeps secrets and private texts apart', async () => {
    await using scene = await openScene();
    const workspaceId = await makeWorkspace(scene.database);
    const place = placeIn(workspaceId);
    const secret = await sealIn(scene, place);
    await inWorkspace(scene.database, workspaceId, async (tx) => {
      const text = await scene.vault.sealText(tx, place, '{"id":1}');
      expect(await scene.vault.openText(tx, place, text)).toBe('{"id":1}');
      await expect(scene.vault.openText(tx, place, secret)).rejects.toThrow('cannot be opened');
      await expect(scene.vault.open(tx, place, text)).rejects.toThrow('cannot be opened');
    });
  });

  test('makes one data key for a workspace, however many ask for it at once', async () => {
    await using scene = await openScene();
    const workspaceId = await makeWorkspace(scene.database);
    const masterKeys = keysFromEnvironment(scene.key);
    const vaults = await Promise.all(
      Array.from({ length: 4 }, () => openVault({ database: scene.database, masterKeys })),
    );
    const sealed = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const place = placeIn(workspaceId);
        const vault = vaults[index % vaults.length] ?? scene.vault;
        const value = await inWorkspace(scene.database, workspaceId, (tx) =>
          vault.seal(tx, place, Secret.of(`${TOKEN}-${index}`)),
        );
        return { place, value };
      }),
    );
    expect(await countDataKeys(scene, workspaceId)).toBe(1);
    for (const [index, { place, value }] of sealed.entries()) {
      expect((await openIn(scene, place, value)).reveal()).toBe(`${TOKEN}-${index}`);
    }
  });

  test('does not go on with a data key whose transaction rolled back', async () => {
    await using scene = await openScene();
    const workspaceId = await makeWorkspace(scene.database);
    const place = placeIn(workspaceId);
    const { database, vault } = scene;
    const rolledBack = inWorkspace(database, workspaceId, async (tx) => {
      const sealed = await vault.seal(tx, place, Secret.of(TOKEN));
      // Within the transaction the key is good.
      expect((await vault.open(tx, place, sealed)).reveal()).toBe(TOKEN);
      throw new Error('undo');
    });
    await expect(rolledBack).rejects.toThrow('undo');
    expect(await countDataKeys(scene, workspaceId)).toBe(0);

    const sealed = await sealIn(scene, place);
    expect(await countDataKeys(scene, workspaceId)).toBe(1);
    const other = await openVault({ database, masterKeys: keysFromEnvironment(scene.key) });
    expect((await openIn(scene, place, sealed, other)).reveal()).toBe(TOKEN);
  });

  test('seals in the very transaction that makes the workspace', async () => {
    await using scene = await openScene();
    const place = placeIn('5f0c2a54-9a0e-4c0f-8a51-0f6d1a9b7c11');
    const workspaceId = place.workspaceId ?? '';
    const sealed = await inWorkspace(scene.database, workspaceId, async (tx) => {
      await tx.insertInto('workspaces').values({ id: workspaceId, name: 'Studio' }).execute();
      return scene.vault.seal(tx, place, Secret.of(TOKEN));
    });
    expect((await openIn(scene, place, sealed)).reveal()).toBe(TOKEN);
  });

  test('says so when the data key of a value is gone', async () => {
    await using scene = await openScene();
    await using elsewhere = await openScene();
    const place = placeIn(await makeWorkspace(elsewhere.database));
    const sealed = await sealIn(elsewhere, place);
    const workspaceId = await makeWorkspace(scene.database);
    await expect(openIn(scene, { ...place, workspaceId }, sealed)).rejects.toMatchObject({
      code: 'data_key_missing',
    });
  });

  test('derives the same key for a purpose in every process, and another for another purpose', async () => {
    await using scene = await openScene();
    const other = await openVault({
      database: scene.database,
      masterKeys: keysFromEnvironment(scene.key),
    });
    expect(scene.vault.deriveKey('cookies')).toEqual(other.deriveKey('cookies'));
    expect(scene.vault.deriveKey('cookies')).toHaveLength(32);
    expect(scene.vault.deriveKey('cookies')).not.toEqual(scene.vault.deriveKey('links'));
  });

  test('notices when its database was replaced or re-keyed below it', async () => {
    await using scene = await openScene();
    const check = () => inInstallation(scene.database, (tx) => scene.vault.check(tx));
    await check();
    const asOwner = (statement: string) => askAsOwner(scene.url, statement);
    await asOwner("insert into master_keys (id, number) values ('of another machine', 2)");
    await expect(check()).rejects.toMatchObject({ code: 'master_key_wrong' });
    await asOwner('delete from master_keys where number = 2');
    await check();
    await asOwner('delete from data_keys');
    await expect(check()).rejects.toMatchObject({ code: 'data_key_missing' });
  });

  test('shows no key when it is printed', async () => {
    await using scene = await openScene();
    const place = placeIn(await makeWorkspace(scene.database));
    await sealIn(scene, place);
    await sealIn(scene, place);
    const seen = inspect(scene.vault, { depth: null, showHidden: true, getters: true });
    const derived = scene.vault.deriveKey('cookies').toString('hex');
    for (const form of ['base64', 'hex'] as const) {
      expect(seen).not.toContain(Buffer.from(scene.key, 'base64').toString(form));
    }
    expect(seen).not.toContain(derived);
    expect(seen).not.toMatch(/[0-9a-f]{64}/u);
  });
});
