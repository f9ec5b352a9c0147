import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { parseMasterKeys } from '../../src/accounts/vault/master-key.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { type RotationProgress, rotateMasterKey } from '../../src/accounts/vault/rotate.ts';
import { openVault, type Place } from '../../src/accounts/vault/vault.ts';
import { type Database, inWorkspace, openDatabase } from '../../src/db/database.ts';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  keysFromEnvironment,
  makeFolder,
  makeKeyText,
  makeWorkspace,
  placeIn,
} from './fixtures.ts';

interface Sealed {
  readonly place: Place;
  readonly text: string;
  readonly value: Buffer;
}

/** Seals a value in each of some new workspaces. */
async function sealSome(
  database: Database,
  masterKeys: Parameters<typeof openVault>[0]['masterKeys'],
  count = 3,
): Promise<Sealed[]> {
  const vault = await openVault({ database, masterKeys });
  const sealed: Sealed[] = [];
  for (let index = 0; index < count; index += 1) {
    const workspaceId = await makeWorkspace(database);
    const place = placeIn(workspaceId);
    const text = `act.${place.rowId}`;
    const value = await inWorkspace(database, workspaceId, (tx) =>
      vault.seal(tx, place, Secret.of(text)),
    );
    sealed.push({ place, text, value });
  }
  return sealed;
}

/** Opens every value in a process that has just started, so to say. */
async function expectAllOpen(
  database: Database,
  masterKeys: Parameters<typeof openVault>[0]['masterKeys'],
  sealed: readonly Sealed[],
): Promise<void> {
  const vault = await openVault({ database, masterKeys });
  for (const { place, text, value } of sealed) {
    const opened = await inWorkspace(database, place.workspaceId ?? '', (tx) =>
      vault.open(tx, place, value),
    );
    expect(opened.reveal()).toBe(text);
  }
}

async function readIds(path: string): Promise<string[]> {
  return parseMasterKeys(await readFile(path, 'utf8'), path).map(({ id }) => id);
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function spawnScript(name: string, args: readonly string[]): Child {
  const script = join(import.meta.dirname, name);
  return spawn(process.execPath, ['--conditions=@greenroom/source', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function readLines(child: Child): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  return lines;
}

describe('rotating a master key in a file', () => {
  test('wraps every data key by a new key, which alone stays in the file', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    const sealed = await sealSome(database, masterKeys, 120);
    const path = join(folder.path, 'master.key');
    const [former] = await readIds(path);
    const steps: RotationProgress[] = [];
    const report = await rotateMasterKey({
      url: own.url,
      masterKeys,
      onProgress: (progress) => void steps.push(progress),
    });
    const [present, ...others] = await readIds(path);
    expect(others).toEqual([]);
    expect(present).not.toBe(former);
    expect(report).toEqual({
      masterKeyId: present,
      formerKeyIds: [former],
      dataKeys: 121,
      isNewKey: true,
    });
    expect(steps).toEqual([
      { step: 'key_stored', dataKeys: 0 },
      { step: 'key_registered', dataKeys: 0 },
      { step: 'data_keys_wrapped', dataKeys: 100 },
      { step: 'data_keys_wrapped', dataKeys: 121 },
      { step: 'former_key_retired', dataKeys: 121 },
      { step: 'former_key_removed', dataKeys: 121 },
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['master.key']);
    expect(await askAsOwner(own.url, 'select distinct master_key_id from data_keys')).toEqual([
      { master_key_id: present },
    ]);
    expect(await askAsOwner(own.url, 'select id from master_keys')).toEqual([{ id: present }]);
    await expectAllOpen(database, masterKeys, sealed);
  });

  test('is written into the audit log', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    await sealSome(database, masterKeys, 1);
    const report = await rotateMasterKey({ url: own.url, masterKeys });
    const columns = 'workspace_id, actor_kind, actor_id, action, subject_id, details';
    expect(await askAsOwner(own.url, `select ${columns} from activity`)).toEqual([
      {
        workspace_id: null,
        actor_kind: 'system',
        actor_id: 'keys rotate',
        action: 'master_key.rotated',
        subject_id: report.masterKeyId,
        details: { former: report.formerKeyIds, data_keys: 2 },
      },
    ]);
  });

  test('can be done again and again', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    const sealed = await sealSome(database, masterKeys);
    const ids = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      ids.add((await rotateMasterKey({ url: own.url, masterKeys })).masterKeyId);
    }
    expect(ids.size).toBe(4);
    await expectAllOpen(database, masterKeys, sealed);
  });

  test('keeps the former key where it is told to, for backups made before, and over nothing else', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    await sealSome(database, masterKeys, 1);
    const path = join(folder.path, 'master.key');
    const former = await readFile(path, 'utf8');
    const keepFormerAt = join(folder.path, 'former.key');
    await writeFile(keepFormerAt, makeKeyText(), { mode: 0o600 });
    await expect(rotateMasterKey({ url: own.url, masterKeys, keepFormerAt })).rejects.toMatchObject(
      { code: 'former_key_not_kept' },
    );
    expect(await readFile(path, 'utf8')).toBe(former);

    const elsewhere = join(folder.path, 'kept', 'former.key');
    await rotateMasterKey({ url: own.url, masterKeys, keepFormerAt: elsewhere });
    expect(await readFile(elsewhere, 'utf8')).toBe(former);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o600);
  });

  test('leaves a file alone that an operator keeps, when both keys are given', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const [masterKeyFile, former] = [join(folder.path, 'key'), join(folder.path, 'former')];
    await writeFile(former, makeKeyText(), { mode: 0o600 });
    await writeFile(masterKeyFile, makeKeyText(), { mode: 0o600 });
    const dataFolder = folder.path;
    const sealed = await sealSome(database, masterKeySource({ masterKeyFile: former, dataFolder }));
    const before = await stat(masterKeyFile);
    const masterKeys = masterKeySource({
      masterKeyFile,
      masterKeyFilePrevious: former,
      dataFolder,
    });
    await rotateMasterKey({ url: own.url, masterKeys });
    expect((await stat(masterKeyFile)).ino).toBe(before.ino);
    await expectAllOpen(database, masterKeySource({ masterKeyFile, dataFolder }), sealed);
  });

  test('changes nothing when the file cannot be replaced, and says so', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    // So long that no draft can lie beside it, whoever runs this.
    const masterKeyFile = join(folder.path, 'k'.repeat(250));
    await writeFile(masterKeyFile, makeKeyText(), { mode: 0o600 });
    const masterKeys = masterKeySource({ masterKeyFile, dataFolder: folder.path });
    const sealed = await sealSome(database, masterKeys);
    await expect(rotateMasterKey({ url: own.url, masterKeys })).rejects.toMatchObject({
      code: 'master_key_fixed',
      message: expect.stringContaining('GREENROOM_MASTER_KEY_FILE_PREVIOUS'),
    });
    expect(await askAsOwner(own.url, 'select number from master_keys')).toEqual([{ number: 1 }]);
    await expectAllOpen(database, masterKeys, sealed);
  });

  test('lets one rotation work at a time', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    const sealed = await sealSome(database, masterKeys);
    let second: unknown;
    await rotateMasterKey({
      url: own.url,
      masterKeys,
      onProgress: async ({ step }) => {
        if (step !== 'key_registered') return;
        second = await rotateMasterKey({ url: own.url, masterKeys }).catch((e: unknown) => e);
      },
    });
    expect(second).toMatchObject({ code: 'rotation_under_way' });
    await expectAllOpen(database, masterKeys, sealed);
  });

  test('opens everything after a kill at any step, and the next call finishes it', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    const path = join(folder.path, 'master.key');
    const sealed = await sealSome(database, masterKeys, 110);
    const killedAt: string[] = [];
    for (let lines = 1; lines <= 6; lines += 1) {
      const [former] = await readIds(path);
      const child = spawnScript('rotating-process.ts', [own.url, folder.path, String(lines)]);
      const seen: string[] = [];
      for await (const line of createInterface(child.stdout)) {
        seen.push(line);
        if (seen.length === lines) child.kill('SIGKILL');
      }
      const { step } = JSON.parse(seen.at(-1) ?? '{}') as RotationProgress; // as: what the process prints
      killedAt.push(step);
      await expectAllOpen(database, masterKeys, sealed);
      sealed.push(...(await sealSome(database, masterKeys, 1)));

      const report = await rotateMasterKey({ url: own.url, masterKeys });
      // Killed after the last step there was nothing left to finish, so another rotation began.
      expect(report.isNewKey).toBe(step === 'former_key_removed');
      expect(await readIds(path)).toEqual([report.masterKeyId]);
      expect(report.masterKeyId).not.toBe(former);
      expect(await readdir(folder.path)).toEqual(['master.key']);
      await expectAllOpen(database, masterKeys, sealed);
    }
    expect(killedAt).toEqual([
      'key_stored',
      'key_registered',
      'data_keys_wrapped',
      'data_keys_wrapped',
      'former_key_retired',
      'former_key_removed',
    ]);
  }, 60_000);

  test('loses nothing of what servers seal meanwhile, though rotations are killed at any moment', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const masterKeys = masterKeySource({ dataFolder: folder.path });
    await sealSome(database, masterKeys, 1);
    const servers = [1, 2].map(() => spawnScript('sealing-process.ts', [own.url, folder.path]));
    const outputs = servers.map(readLines);
    for (const server of servers) await once(server.stdout, 'data');

    // The moments are spread over a rotation's life, from before its first statement on.
    for (const afterMs of [250, 320, 390, 460, 530, 600]) {
      const child = spawnScript('rotating-process.ts', [own.url, folder.path]);
      const killer = setTimeout(() => child.kill('SIGKILL'), afterMs);
      await readLines(child);
      clearTimeout(killer);
    }
    await rotateMasterKey({ url: own.url, masterKeys });
    await rotateMasterKey({ url: own.url, masterKeys });

    for (const server of servers) {
      const ended = once(server, 'exit');
      server.stdin.end();
      expect(await ended).toEqual([0, null]);
    }
    const sealed = (await Promise.all(outputs)).flat().map((line): Sealed => {
      // as: what the process prints
      const { workspaceId, rowId, sealed: value } = JSON.parse(line) as Record<string, string>;
      const place = placeIn(workspaceId ?? '', rowId);
      return { place, text: `act.${rowId}`, value: Buffer.from(value ?? '', 'base64') };
    });
    expect(sealed.length).toBeGreaterThan(10);
    await expectAllOpen(database, masterKeys, sealed);
    expect(await askAsOwner(own.url, 'select distinct master_key_id from data_keys')).toHaveLength(
      1,
    );
  }, 60_000);
});

describe('rotating a master key of the environment', () => {
  test('takes the new key first and the former beside it', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const [former, present] = [makeKeyText(), makeKeyText()];
    const sealed = await sealSome(database, keysFromEnvironment(former));
    const both = keysFromEnvironment(present, former);
    // First every process is restarted with both.
    await expectAllOpen(database, both, sealed);
    const report = await rotateMasterKey({ url: own.url, masterKeys: both });
    expect(report).toMatchObject({ dataKeys: 4, isNewKey: false });
    await expectAllOpen(database, keysFromEnvironment(present), sealed);
    await expect(
      openVault({ database, masterKeys: keysFromEnvironment(former) }),
    ).rejects.toMatchObject({ code: 'master_key_wrong' });
  });

  test('says what to do when there is no new key, or the former is missing', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const former = makeKeyText();
    const sealed = await sealSome(database, keysFromEnvironment(former));
    await expect(
      rotateMasterKey({ url: own.url, masterKeys: keysFromEnvironment(former) }),
    ).rejects.toMatchObject({
      code: 'new_master_key_missing',
      message: expect.stringContaining('GREENROOM_MASTER_KEY_PREVIOUS'),
    });
    await expect(
      rotateMasterKey({ url: own.url, masterKeys: keysFromEnvironment(makeKeyText()) }),
    ).rejects.toMatchObject({ code: 'master_key_wrong' });
    await expectAllOpen(database, keysFromEnvironment(former), sealed);
  });

  test('has nothing to do on a database that was never used', async () => {
    await using own = await createTestDatabase();
    await expect(
      rotateMasterKey({ url: own.url, masterKeys: keysFromEnvironment(makeKeyText()) }),
    ).rejects.toMatchObject({ code: 'vault_empty' });
  });
});

describe('a process that runs while keys are rotated', () => {
  test('asks its command again when it meets a data key under a key that it does not know', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const store = join(folder.path, 'store');
    const [former, present] = [makeKeyText(), makeKeyText()];
    await writeFile(store, former);
    const masterKeys = masterKeySource({
      masterKeyCommand: `cat '${store}'`,
      dataFolder: folder.path,
    });
    const running = await openVault({ database, masterKeys });
    const [sealed] = await sealSome(database, masterKeys, 1);
    await writeFile(store, `${present}\n${former}\n`);
    await rotateMasterKey({ url: own.url, masterKeys });
    await writeFile(store, present);
    if (sealed === undefined) throw new Error('Nothing was sealed');
    const { place, value, text } = sealed;
    const opened = await inWorkspace(database, place.workspaceId ?? '', (tx) =>
      running.open(tx, place, value),
    );
    expect(opened.reveal()).toBe(text);
  });

  test('fails with words when its source does not know the key either, and goes on when it does', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    using folder = makeFolder();
    const [former, present] = [makeKeyText(), makeKeyText()];
    const path = join(folder.path, 'master.key');
    await writeFile(path, former, { mode: 0o600 });
    const running = await openVault({
      database,
      masterKeys: masterKeySource({ dataFolder: folder.path }),
    });
    const both = keysFromEnvironment(present, former);
    await rotateMasterKey({ url: own.url, masterKeys: both });
    const workspaceId = await makeWorkspace(database);
    const place = placeIn(workspaceId);
    const seal = () =>
      inWorkspace(database, workspaceId, (tx) => running.seal(tx, place, Secret.of('act.x')));
    await expect(seal()).rejects.toMatchObject({ code: 'master_key_wrong' });
    await writeFile(path, present, { mode: 0o600 });
    await expect.poll(() => seal().then((value) => value.length)).toBeGreaterThan(45);
  });
});
