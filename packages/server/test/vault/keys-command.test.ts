import { execFile } from 'node:child_process';
import { chmod, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeFolder, makeKeyText } from './fixtures.ts';

const cli = fileURLToPath(new URL('../../../cli/bin/greenroom.js', import.meta.url));
const guide = fileURLToPath(new URL('../../../../docs/vault.md', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  program: string,
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string },
): Promise<Run> {
  const { cwd, env } = options;
  const whole = { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env };
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env: whole }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}

function greenroom(args: readonly string[], env: Record<string, string>, cwd: string) {
  return run(process.execPath, [cli, ...args], { env, cwd });
}

describe('greenroom keys rotate', () => {
  test('rotates the key of an embedded installation while it runs and while it does not', async () => {
    using folder = makeFolder();
    const env = { GREENROOM_DATA: join(folder.path, 'data'), GREENROOM_PORT: '0' };
    const path = join(folder.path, 'data', 'master.key');
    await using server = spawnServer(env);
    const { url } = await server.ready;
    const former = await readFile(path, 'utf8');

    const kept = join(folder.path, 'kept', 'former.key');
    const args = ['keys', 'rotate', '--json', '--keep-former', kept];
    const rotated = await greenroom(args, env, folder.path);
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    const report: unknown = JSON.parse(rotated.stdout);
    expect(report).toEqual({
      master_key_id: expect.stringMatching(/^[0-9a-f]{32}$/u),
      former_key_ids: [expect.stringMatching(/^[0-9a-f]{32}$/u)],
      data_keys: expect.any(Number),
      is_new_key: true,
      file: path,
      kept_at: kept,
    });
    expect(await readFile(kept, 'utf8')).toBe(former);
    expect(await readFile(path, 'utf8')).not.toBe(former);
    // The running server opens what the new key wraps: it has read the file again.
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await server.stop()).code).toBe(0);

    const again = await greenroom(['keys', 'rotate'], env, folder.path);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`in ${path}`) });
    expect(again.stdout).toContain('make a new backup');
    await using restarted = spawnServer(env);
    expect((await fetch(`${(await restarted.ready).url}/readyz`)).status).toBe(200);
  }, 90_000);

  test('says what is missing, and ends with 1', async () => {
    await using own = await createTestDatabase();
    using folder = makeFolder();
    const env = { DATABASE_URL: own.url, GREENROOM_MASTER_KEY: makeKeyText() };
    const unused = await greenroom(['keys', 'rotate'], env, folder.path);
    expect(unused).toMatchObject({ code: 1, stderr: expect.stringContaining('no data keys yet') });

    await using server = spawnServer({ ...env, GREENROOM_PORT: '0' });
    await server.ready;
    const oneKey = await greenroom(['keys', 'rotate'], env, folder.path);
    expect(oneKey).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('GREENROOM_MASTER_KEY_PREVIOUS'),
    });
    const both = {
      ...env,
      GREENROOM_MASTER_KEY: makeKeyText(),
      GREENROOM_MASTER_KEY_PREVIOUS: env.GREENROOM_MASTER_KEY,
    };
    const rotated = await greenroom(['keys', 'rotate'], both, folder.path);
    expect(rotated).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('take the former key out of the settings'),
    });
  }, 60_000);

  test('says that there is no database where there is none, and makes none', async () => {
    using folder = makeFolder();
    const env = { GREENROOM_DATA: join(folder.path, 'data') };
    const result = await greenroom(['keys', 'rotate'], env, folder.path);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('no database') });
    await expect(stat(env.GREENROOM_DATA)).rejects.toThrow('ENOENT');
  }, 60_000);
});

describe('greenroom serve', () => {
  test('refuses a wrong, missing or exposed master key, and starts when it is put right', async () => {
    using folder = makeFolder();
    const data = join(folder.path, 'data');
    const env = { GREENROOM_DATA: data, GREENROOM_PORT: '0' };
    const path = join(data, 'master.key');
    const first = spawnServer(env);
    await first.ready;
    await first.stop();

    await chmod(path, 0o644);
    const exposed = await spawnServer(env).ended;
    expect(exposed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`chmod 600 ${path}`),
    });
    await chmod(path, 0o600);

    await rename(path, `${path}.away`);
    const missing = await spawnServer(env).ended;
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Put the former one back'),
    });
    await expect(stat(path)).rejects.toThrow('ENOENT');

    await writeFile(path, makeKeyText(), { mode: 0o600 });
    const wrong = await spawnServer(env).ended;
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was changed'),
    });
    expect(wrong.stderr).not.toContain((await readFile(path, 'utf8')).trim());

    await rename(`${path}.away`, path);
    await using server = spawnServer(env);
    expect((await fetch(`${(await server.ready).url}/readyz`)).status).toBe(200);
  }, 90_000);
});

describe('the guide of the vault', () => {
  test('shows commands that work', async () => {
    using folder = makeFolder();
    const env = { GREENROOM_DATA: join(folder.path, 'data'), GREENROOM_PORT: '0' };
    const server = spawnServer(env);
    await server.ready;
    await server.stop();
    await symlink(cli, join(folder.path, 'greenroom'));
    const text = await readFile(guide, 'utf8');
    const fences = [...text.matchAll(/^```sh\n(.*?)^```/gmsu)].map(([, code = '']) => code);
    expect(fences.length).toBeGreaterThan(1);
    const path = `${folder.path}:${process.env['PATH']}`;
    for (const code of fences) {
      const result = await run('bash', ['-euc', code], {
        env: { ...env, PATH: path },
        cwd: folder.path,
      });
      expect(result, code).toMatchObject({ code: 0 });
    }
    const key = join(folder.path, 'greenroom-master.key');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    await using again = spawnServer({
      ...env,
      GREENROOM_DATA: join(folder.path, 'other'),
      GREENROOM_MASTER_KEY_FILE: key,
    });
    await again.ready;
  }, 120_000);
});
