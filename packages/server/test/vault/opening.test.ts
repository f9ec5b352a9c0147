import { existsSync } from 'node:fs';
import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { openVault } from '../../src/accounts/vault/vault.ts';
import { inWorkspace, openDatabase } from '../../src/db/database.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  keysFromEnvironment,
  makeFolder,
  makeKeyText,
  makeWorkspace,
  placeIn,
} from './fixtures.ts';

/** What the database holds of keys, to see that a refusal changed nothing. */
async function readKeys(url: string): Promise<unknown> {
  return [
    await askAsOwner(url, 'select id, wrapped, master_key_id from data_keys order by id'),
    await askAsOwner(url, 'select id, number from master_keys order by id'),
  ];
}

describe('opening the vault', () => {
  test('makes the master key of the embedded default once, for its owner alone', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: join(folder.path, 'data') });
    await openVault({ database, masterKeys });
    const path = join(folder.path, 'data', 'master.key');
    const text = await readFile(path, 'utf8');
    expect(Buffer.from(text, 'base64')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    const keys = await readKeys(own.url);
    await openVault({ database, masterKeys });
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readKeys(own.url)).toEqual(keys);
  });

  test('agrees on one installation key when processes start at once', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const masterKeys = keysFromEnvironment(makeKeyText());
    const vaults = await Promise.all(
      Array.from({ length: 5 }, () => openVault({ database, masterKeys })),
    );
    const derived = vaults.map((vault) => vault.deriveKey('cookies').toString('hex'));
    expect(new Set(derived).size).toBe(1);
  });

  test('refuses the second of two processes that begin with different keys', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const first = makeKeyText();
    const results = await Promise.allSettled([
      openVault({ database, masterKeys: keysFromEnvironment(first) }),
      openVault({ database, masterKeys: keysFromEnvironment(makeKeyText()) }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'master_key_wrong',
    });
    // The one that was refused left nothing that keeps the other from starting again.
    const [, masters] = (await readKeys(own.url)) as [unknown[], unknown[]]; // as: what readKeys returns
    expect(masters).toHaveLength(1);
  });

  test('refuses another master key and changes nothing', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const right = keysFromEnvironment(makeKeyText());
    await openVault({ database, masterKeys: right });
    const keys = await readKeys(own.url);
    const wrong = makeKeyText();
    await expect(
      openVault({ database, masterKeys: keysFromEnvironment(wrong) }),
    ).rejects.toMatchObject({
      code: 'master_key_wrong',
      message: expect.stringMatching(/GREENROOM_MASTER_KEY gives .* Nothing was changed/su),
    });
    expect(await readKeys(own.url)).toEqual(keys);
    await openVault({ database, masterKeys: right });
  });

  test('makes no new key where one is lost: the database is sealed under the former one', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    const path = join(folder.path, 'master.key');
    await openVault({ database, masterKeys });
    const kept = await readFile(path, 'utf8');
    const keys = await readKeys(own.url);
    await rm(path);
    await expect(openVault({ database, masterKeys })).rejects.toMatchObject({
      code: 'master_key_missing',
      message: expect.stringContaining('No new one was made'),
    });
    expect(existsSync(path)).toBe(false);
    expect(await readKeys(own.url)).toEqual(keys);
    await writeFile(path, kept, { mode: 0o600 });
    await openVault({ database, masterKeys });
  });

  test.each([
    { where: 'a database of its own', settings: { databaseUrl: 'postgres://elsewhere/db' } },
    { where: 'a file that is named', settings: { masterKeyFile: 'named.key' } },
  ])('makes no master key for $where', async ({ settings }) => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const { masterKeyFile, ...rest } = { masterKeyFile: undefined, ...settings };
    const path = join(folder.path, masterKeyFile ?? 'master.key');
    const masterKeys = masterKeySource({
      ...rest,
      dataFolder: folder.path,
      masterKeyFile: masterKeyFile && path,
    });
    await expect(openVault({ database, masterKeys })).rejects.toMatchObject({
      code: 'master_key_missing',
      message: expect.stringContaining(`openssl rand -base64 32 > ${path}`),
    });
    expect(existsSync(path)).toBe(false);
  });

  test('refuses a file that others may read, with the command that mends it', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const path = join(folder.path, 'master.key');
    await writeFile(path, makeKeyText(), { mode: 0o600 });
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    for (const mode of [0o640, 0o604, 0o644, 0o660]) {
      await chmod(path, mode);
      await expect(openVault({ database, masterKeys })).rejects.toMatchObject({
        code: 'master_key_exposed',
        message: expect.stringContaining(`chmod 600 ${path}`),
      });
    }
    await chmod(path, 0o400);
    await openVault({ database, masterKeys });
  });

  test('reads the key through a link, as secrets are mounted', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const target = join(folder.path, 'target');
    await writeFile(target, makeKeyText(), { mode: 0o600 });
    await symlink(target, join(folder.path, 'master.key'));
    await openVault({ database, masterKeys: masterKeySource({ dataFolder: folder.path }) });
  });

  test('refuses a data key that was changed in the database', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const masterKeys = keysFromEnvironment(makeKeyText());
    await openVault({ database, masterKeys });
    await askAsOwner(
      own.url,
      'update data_keys set wrapped = set_byte(wrapped, 40, 255 - get_byte(wrapped, 40))',
    );
    await expect(openVault({ database, masterKeys })).rejects.toMatchObject({
      code: 'sealed_value_unreadable',
      message: expect.stringContaining('Restore the table data_keys from a backup'),
    });
  });

  test('refuses a data key that was moved to another workspace', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const masterKeys = keysFromEnvironment(makeKeyText());
    const vault = await openVault({ database, masterKeys });
    const [mine, other] = [await makeWorkspace(database), await makeWorkspace(database)];
    await inWorkspace(database, mine, (tx) => vault.seal(tx, placeIn(mine), Secret.of('x')));
    await askAsOwner(own.url, 'update data_keys set workspace_id = $1 where workspace_id = $2', [
      other,
      mine,
    ]);
    const again = await openVault({ database, masterKeys });
    const sealing = inWorkspace(database, other, (tx) =>
      again.seal(tx, placeIn(other), Secret.of('x')),
    );
    await expect(sealing).rejects.toMatchObject({ code: 'sealed_value_unreadable' });
  });

  test("lets the servers' role neither change nor delete a data key", async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    await openVault({ database, masterKeys: keysFromEnvironment(makeKeyText()) });
    for (const statement of [
      "update data_keys set wrapped = ''",
      'delete from data_keys',
      'update master_keys set number = 9',
      'delete from master_keys',
    ]) {
      await expect(database.pool.query(statement)).rejects.toThrow('permission denied');
    }
  });
});
