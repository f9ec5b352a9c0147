import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';

const cli = fileURLToPath(new URL('../../../cli/bin/greenroom.js', import.meta.url));
const guide = fileURLToPath(new URL('../../../../docs/backup.md', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-backup-'));
  await symlink(cli, join(folder, 'greenroom'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('greenroom backup and restore work on the embedded database while a server runs and while none does', async () => {
  const env = { GREENROOM_DATA: join(folder, 'data'), GREENROOM_PORT: '0' };
  const none = await shell('greenroom backup first.backup', env);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toContain('There is no database in');

  const server = spawnServer(env);
  const { pid } = await server.ready;
  const running = await shell('greenroom backup --json first.backup', env);
  expect(running).toMatchObject({ code: 0, stderr: '' });
  const report: unknown = JSON.parse(running.stdout);
  expect(report).toMatchObject({
    file: join(folder, 'first.backup'),
    bytes: (await stat(join(folder, 'first.backup'))).size,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    rows: expect.any(Number),
    master_key_ids: [expect.any(String)],
  });
  const inUse = await shell('greenroom restore first.backup', env);
  expect(inUse).toMatchObject({ code: 1, stdout: '' });
  expect(inUse.stderr).toContain(`process ${pid} on`);
  await server.stop();

  const stopped = await shell('greenroom backup second.backup', env);
  expect(stopped).toMatchObject({ code: 0, stderr: '' });
  expect(stopped.stdout).toContain('keep that key, and keep it elsewhere');
  const again = await shell('greenroom backup second.backup', env);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('exists already');
  expect(await shell('greenroom backup', env)).toMatchObject({ code: 2, stdout: '' });

  const restored = await shell('greenroom --data new restore --json first.backup', env);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(restored.stdout)).toMatchObject({
    data_folder: join(folder, 'new'),
    master_key_problem: expect.stringContaining(
      JSON.stringify(report).match(/master_key_ids":\["(\w+)/)?.[1] ?? '?',
    ),
  });
  await writeFile(join(folder, 'broken.backup'), 'no backup');
  const broken = await shell('greenroom --data other restore broken.backup', env);
  expect(broken).toMatchObject({ code: 1, stdout: '' });
  expect(broken.stderr).toContain('is no backup of Greenroom');

  await cp(join(folder, 'data', 'master.key'), join(folder, 'new', 'master.key'));
  await using back = spawnServer({ ...env, GREENROOM_DATA: join(folder, 'new') });
  await back.ready;
}, 300_000);

test('the guide shows commands that work', async () => {
  await using target = await createTestDatabase({ isEmpty: true });
  const env = { GREENROOM_PORT: '0', NEW_DATABASE_URL: target.url };
  const server = spawnServer({ ...env, GREENROOM_DATA: join(folder, 'greenroom-data') });
  await server.ready;
  await server.stop();
  await mkdir(join(folder, 'kept'));
  await cp(join(folder, 'greenroom-data', 'master.key'), join(folder, 'kept', 'master.key'));

  const text = await readFile(guide, 'utf8');
  const fences = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code = '']) => code);
  expect(fences.length).toBeGreaterThan(4);
  for (const code of fences) {
    // It would run until it is told to stop.
    const [before = '', after] = code.split('greenroom --data restored serve\n');
    expect(await shell(before, env), code).toMatchObject({ code: 0 });
    if (after === undefined) continue;
    await using restored = spawnServer({ ...env, GREENROOM_DATA: join(folder, 'restored') });
    await restored.ready;
  }
}, 300_000);

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs what a person types, in a folder of the test's own. */
function shell(code: string, env: Readonly<Record<string, string>>): Promise<Run> {
  const PATH = `${folder}:${process.env['PATH']}`;
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/sh',
      ['-euc', code],
      { cwd: folder, env: { HOME: folder, ...env, PATH } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
