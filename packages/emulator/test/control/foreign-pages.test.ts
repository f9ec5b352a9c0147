import { request as httpRequest } from 'node:http';
import type { RunningEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import { useEmulator } from '../support/tiktok.ts';

const start = useEmulator();

/** Asks under another name: `fetch` sets the Host header itself. */
function ask(
  { port }: RunningEmulator,
  host: string,
  path = '/_emulator/reset',
  origin?: string,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const method = path.endsWith('/reset') ? 'POST' : 'GET';
    const headers = { host, ...(origin === undefined ? {} : { origin }) };
    httpRequest({ port, host: '127.0.0.1', path, method, headers })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

describe('a page whose name was pointed at this machine (DNS rebinding)', () => {
  test.each(['/_emulator/reset', '/_emulator/snapshot', '/_emulator/media/x', '/_emulator'])(
    'gets nothing from %s, be it with its Origin or without',
    async (path) => {
      const emulator = await start();
      const host = `evil.example:${emulator.port}`;
      expect(await ask(emulator, host, path, `http://${host}`)).toBe(400);
      expect(await ask(emulator, host, path)).toBe(400);
      expect(await ask(emulator, 'evil.example', path)).toBe(400);
    },
  );

  test('TikTok’s endpoints answer under any name', async () => {
    const emulator = await start();
    expect(await ask(emulator, 'open.tiktokapis.com', '/v2/user/info/')).toBe(401);
  });
});

test.each([
  'localhost:4010',
  'LOCALHOST',
  'a.localhost:4010',
  '127.0.0.1:4010',
  '[::1]:4010',
  '192.168.1.20:4010',
  'tiktok:4010',
  'host.docker.internal:4010',
  'tiktok.test',
  'box.local',
  'emulator.team.example:4010',
])('a caller that reaches it as %s is served', async (host) => {
  const emulator = await start({ publicUrl: 'http://emulator.team.example:4010' });
  expect(await ask(emulator, host)).toBe(204);
  expect(await ask(emulator, host, '/_emulator/reset', `http://${host}`)).toBe(204);
});

test.each(['evil.test', 'not an origin', 'http://127.0.0.1.evil.example', 'http://192.168.1.20'])(
  'a page of %s is refused whatever the name it calls',
  async (origin) => {
    const emulator = await start();
    expect(await ask(emulator, `127.0.0.1:${emulator.port}`, '/_emulator/reset', origin)).toBe(400);
  },
);

test.each(['127.0.0.1.evil.example', '1.2.3.4.5', '[::1', 'a b', 'localhost.evil.example'])(
  'the name %s is none of those',
  async (host) => {
    const emulator = await start();
    expect(await ask(emulator, host)).toBe(400);
  },
);
