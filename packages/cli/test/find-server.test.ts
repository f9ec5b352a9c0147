import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findServer } from '../src/find-server.ts';
import { findLogin, loginFile, removeLogin, saveLogin } from '../src/login-file.ts';

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-find-'));
  env = { XDG_CONFIG_HOME: join(folder, 'config'), GREENROOM_DATA: join(folder, 'data') };
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function writeLocal(url?: string): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true });
  await writeFile(join(folder, 'data', 'owner.key'), 'grk_local\n');
  if (url !== undefined)
    await writeFile(join(folder, 'data', 'server.json'), JSON.stringify({ url, pid: 1 }));
}

const fromEnvironment = { url: 'https://env.example.com', apiKey: 'grk_env' };
const fromLogin = { url: 'https://login.example.com', apiKey: 'grk_login' };

describe('the server is found', () => {
  test('by the environment first, then the local owner’s key, then the kept login', async () => {
    await saveLogin(env, fromLogin);
    expect(await findServer(env)).toEqual(fromLogin);
    await writeLocal('http://127.0.0.1:4711');
    expect(await findServer(env)).toEqual({ url: 'http://127.0.0.1:4711', apiKey: 'grk_local' });
    const given = {
      ...env,
      GREENROOM_URL: 'https://env.example.com/',
      GREENROOM_API_KEY: 'grk_env',
    };
    expect(await findServer(given)).toEqual(fromEnvironment);
  });

  test('at its usual place when the server has not said where it listens', async () => {
    await writeLocal();
    expect(await findServer(env)).toEqual({ url: 'http://127.0.0.1:8787', apiKey: 'grk_local' });
  });

  test('by half of the environment when the rest is known', async () => {
    await writeLocal('http://127.0.0.1:4711');
    expect(await findServer({ ...env, GREENROOM_API_KEY: 'grk_env' })).toEqual({
      url: 'http://127.0.0.1:4711',
      apiKey: 'grk_env',
    });
    expect(await findServer({ ...env, GREENROOM_URL: 'http://127.0.0.1:4711' })).toMatchObject({
      apiKey: 'grk_local',
    });
  });
});

describe('no key is sent to another server than its own', () => {
  test('a URL without its key is refused', async () => {
    await writeLocal('http://127.0.0.1:4711');
    await expect(findServer({ ...env, GREENROOM_URL: 'https://evil.example.com' })).rejects.toThrow(
      'GREENROOM_API_KEY is missing',
    );
  });

  test('nothing at all says what to do', async () => {
    await expect(findServer(env)).rejects.toMatchObject({
      message: 'There is no server to talk to.',
      remedy: expect.stringContaining('greenroom login'),
    });
  });

  test('an address that is none is refused', async () => {
    await expect(
      findServer({ ...env, GREENROOM_URL: 'greenroom.example.com', GREENROOM_API_KEY: 'grk_x' }),
    ).rejects.toThrow('is no address of a server');
  });
});

describe('a login', () => {
  test('is kept for its owner alone, replaced and forgotten', async () => {
    expect(await findLogin(env)).toBeUndefined();
    await saveLogin(env, { url: 'https://a.example.com', apiKey: 'grk_a' });
    await saveLogin(env, fromLogin);
    expect((await stat(loginFile(env))).mode & 0o777).toBe(0o600);
    expect(await findLogin(env)).toEqual(fromLogin);
    await removeLogin(env);
    await removeLogin(env);
    expect(await findLogin(env)).toBeUndefined();
  });
});
