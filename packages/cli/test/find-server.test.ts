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

/** Nothing is told where all files are well. */
function nobody(words: string): void {
  throw new Error(words);
}

const fromEnvironment = { url: 'https://env.example.com', apiKey: 'grk_env' };
const fromLogin = { url: 'https://login.example.com', apiKey: 'grk_login' };

describe('the server is found', () => {
  test('by the environment first, then the local owner’s key, then the kept login', async () => {
    await saveLogin(env, fromLogin);
    expect(await findServer(env, nobody)).toEqual(fromLogin);
    await writeLocal('http://127.0.0.1:4711');
    expect(await findServer(env, nobody)).toEqual({
      url: 'http://127.0.0.1:4711',
      apiKey: 'grk_local',
    });
    const given = {
      ...env,
      GREENROOM_URL: 'https://env.example.com/',
      GREENROOM_API_KEY: 'grk_env',
    };
    expect(await findServer(given, nobody)).toEqual(fromEnvironment);
  });

  test('at its usual place when the server has not said where it listens', async () => {
    await writeLocal();
    expect(await findServer(env, nobody)).toEqual({
      url: 'http://127.0.0.1:8787',
      apiKey: 'grk_local',
    });
  });

  test('by half of the environment when the rest is known', async () => {
    await writeLocal('http://127.0.0.1:4711');
    expect(await findServer({ ...env, GREENROOM_API_KEY: 'grk_env' }, nobody)).toEqual({
      url: 'http://127.0.0.1:4711',
      apiKey: 'grk_env',
    });
    expect(
      await findServer({ ...env, GREENROOM_URL: 'http://127.0.0.1:4711' }, nobody),
    ).toMatchObject({
      apiKey: 'grk_local',
    });
  });
});

describe('a file that is damaged counts as none, and is named', () => {
  test.each([
    '',
    '{"url": "http',
    '"text"',
    '{"pid": 1}',
    '{"url": "nowhere"}',
    '{"url": 7}',
    '\u0000',
  ])('server.json: %j', async (text) => {
    await writeLocal();
    const file = join(folder, 'data', 'server.json');
    await writeFile(file, text);
    const told: string[] = [];
    expect(await findServer(env, (words) => told.push(words))).toEqual({
      url: 'http://127.0.0.1:8787',
      apiKey: 'grk_local',
    });
    expect(told).toEqual([expect.stringContaining(file)]);
  });

  test.each([
    '',
    '{"url": "http',
    '"text"',
    '{"url": "https://a.example.com"}',
    '{"url":1,"api_key":2}',
  ])('login.json: %j', async (text) => {
    await saveLogin(env, fromLogin);
    await writeFile(loginFile(env), text);
    const told: string[] = [];
    await expect(findServer(env, (words) => told.push(words))).rejects.toThrow(
      'There is no server to talk to.',
    );
    expect(told).toEqual([expect.stringContaining(loginFile(env))]);
    await saveLogin(env, fromLogin);
    expect(await findLogin(env, (words) => told.push(words))).toEqual(fromLogin);
    expect(told).toHaveLength(1);
  });
});

describe('no key is sent to another server than its own', () => {
  test('a URL without its key is refused', async () => {
    await writeLocal('http://127.0.0.1:4711');
    await expect(
      findServer({ ...env, GREENROOM_URL: 'https://evil.example.com' }, nobody),
    ).rejects.toThrow('GREENROOM_API_KEY is missing');
  });

  test('nothing at all says what to do', async () => {
    await expect(findServer(env, nobody)).rejects.toMatchObject({
      message: 'There is no server to talk to.',
      remedy: expect.stringContaining('greenroom login'),
    });
  });

  test('an address that is none is refused', async () => {
    await expect(
      findServer(
        { ...env, GREENROOM_URL: 'greenroom.example.com', GREENROOM_API_KEY: 'grk_x' },
        nobody,
      ),
    ).rejects.toThrow('is no address of a server');
  });
});

describe('a login', () => {
  test('is kept for its owner alone, replaced and forgotten', async () => {
    expect(await findLogin(env, nobody)).toBeUndefined();
    await saveLogin(env, { url: 'https://a.example.com', apiKey: 'grk_a' });
    await saveLogin(env, fromLogin);
    expect((await stat(loginFile(env))).mode & 0o777).toBe(0o600);
    expect(await findLogin(env, nobody)).toEqual(fromLogin);
    await removeLogin(env);
    await removeLogin(env);
    expect(await findLogin(env, nobody)).toBeUndefined();
  });
});
