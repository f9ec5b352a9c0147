import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeedError, startEmulator } from '@greenroom/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSeed } from '../src/seed/read-seed.ts';
import { postJson, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-seed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SEED = `
settings:
  dialect: observed
  processing_seconds: 0
clock:
  now: 2030-01-01T00:00:00Z
  frozen: true
apps:
  - client_key: mine
    client_secret: own
    audited: true
    redirect_uris: [https://app.example/callback]
  - client_key: unaudited
    active_user_cap: 2
creators:
  - username: ada
    private_account: true
    max_video_post_duration_sec: 180
videos:
  - username: ada
    id: "7000000000000000001"
    title: first light
    create_time: 1763690000
    view_count: 1204
faults:
  - match: { path: /v2/none/ }
    action: { status: 503 }
    times: 2
`;

test('a YAML file adds to what is there without configuration', async () => {
  const path = join(folder, 'seed.yaml');
  await writeFile(path, SEED);
  const emulator = await start({ seed: path, settings: { processing_seconds: 5 } });
  const { control } = emulator;
  const { clock, settings } = await control.getState();
  expect(settings).toMatchObject({ dialect: 'observed', processing_seconds: 5 });
  expect(clock).toEqual({ now: '2030-01-01T00:00:00.000Z', frozen: true });
  const { apps } = await control.listApps();
  expect(apps.map(({ client_key }) => client_key)).toEqual(['audited', 'unaudited', 'mine']);
  expect(apps[1]).toMatchObject({ audited: false, active_user_cap: 2 });
  const { creators } = await control.listCreators();
  expect(creators.at(-1)).toMatchObject({ username: 'ada', max_video_post_duration_sec: 180 });
  expect((await control.listFaults()).faults).toMatchObject([{ times: 2 }]);
  const { access_token } = await control.createToken({ client_key: 'mine', username: 'ada' });
  const fields = 'id,title,create_time,view_count';
  const list = await postJson(`${emulator.url}/v2/video/list/?fields=${fields}`, access_token, {});
  expect(list.json['data']).toMatchObject({
    videos: [
      {
        id: '7000000000000000001',
        title: 'first light',
        create_time: 1_763_690_000,
        view_count: 1204,
      },
    ],
  });
});

test('an object takes the place of a file', async () => {
  const emulator = await start({ seed: { creators: [{ username: 'ada' }] } });
  const { creators } = await emulator.control.listCreators();
  expect(creators.at(-1)).toMatchObject({ username: 'ada' });
});

describe('errors name file, line and field', () => {
  test.each([
    [
      'a field that is none',
      'creators:\n  - username: ada\n    nick: Ada\n',
      'seed.yaml:3: creators[0].nick: there is no such field',
    ],
    ['a section that is none', 'creator: []\n', 'seed.yaml:1: creator: there is no such field'],
    [
      'a value of another type',
      'apps:\n  - client_key: a\n    audited: maybe\n',
      'seed.yaml:3: apps[0].audited: ',
    ],
    ['a missing field', 'creators:\n  - nickname: Ada\n', 'seed.yaml:2: creators[0].username: '],
    [
      'a redirect that TikTok refuses',
      'apps:\n  - client_key: a\n    redirect_uris: [http://a.example/]\n',
      'seed.yaml:2: apps[0]: redirect_uris: http://a.example/ must be https',
    ],
    [
      'a video of nobody',
      'videos:\n  - username: nobody\n',
      'seed.yaml:2: videos[0].username: there is no creator nobody',
    ],
    [
      'an id that YAML rounded',
      'videos:\n  - username: public_creator\n    id: 7000000000000000001\n',
      'seed.yaml:3: videos[0].id: ',
    ],
    ['broken YAML', 'apps:\n  - client_key: [a\n', 'seed.yaml:'],
    ['a list', '- a\n', 'seed.yaml:1: '],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefg'].map((name, index) => `${name}: &${name} [${`*${'abcdef'[index]},`.repeat(10)}]`).join('\n')}\n`,
      'seed.yaml: is no seed: Excessive alias count',
    ],
    ['lists in lists in lists', '['.repeat(50_000) + ']'.repeat(50_000), 'seed.yaml:1: '],
  ])('%s', async (_what, text, message) => {
    const failure = await parseSeed(text, 'seed.yaml').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SeedError);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('every problem has its line', async () => {
    const text = 'creators:\n  - username: ada\n    a: 1\n    b: 2\nsettings:\n  retain: 0\n';
    await expect(parseSeed(text, 's')).rejects.toThrow(
      /s:3: [^\n]+\ns:4: [^\n]+\ns:6: |s:6: [^\n]+\ns:3: /,
    );
  });

  test('a file that is not there', async () => {
    await expect(startEmulator({ seed: join(folder, 'none.yaml') })).rejects.toThrow(
      /none\.yaml: cannot be read: ENOENT/,
    );
  });

  test('an object that makes no sense', async () => {
    // What the type forbids is what a JavaScript caller may still pass.
    const seed = { creators: [{ username: 'ada', nick: 'Ada' }] } as object;
    await expect(startEmulator({ seed })).rejects.toThrow(
      'seed: creators[0].nick: there is no such field',
    );
  });
});

test('an empty file is an empty seed', async () => {
  expect(await parseSeed('', 'seed.yaml')).toEqual({});
});
