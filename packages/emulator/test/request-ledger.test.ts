import { connect } from 'node:net';
import type { EmulatorControl, RunningEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import { brokenRules, postJson, send, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';
const VIDEO_INIT = '/v2/post/publish/video/init/';
const init = {
  post_info: { privacy_level: 'SELF_ONLY' },
  source_info: { source: 'FILE_UPLOAD', video_size: 9, chunk_size: 9, total_chunk_count: 1 },
};

type Requests = Awaited<ReturnType<EmulatorControl['listRequests']>>['requests'];

async function listRequests({ control }: RunningEmulator): Promise<Requests> {
  return (await control.listRequests()).requests;
}

async function createToken({ control }: RunningEmulator): Promise<string> {
  const subject = { client_key: 'audited', username: 'public_creator' };
  return (await control.createToken(subject)).access_token;
}

describe('a request whose client left stands in it once, without a status', () => {
  test('a chunk that was cut', async () => {
    const emulator = await start();
    const token = await createToken(emulator);
    const { json } = await postJson(`${emulator.url}${VIDEO_INIT}`, token, init);
    const { upload_url } = json['data'] as { upload_url: string };
    const { pathname, search } = new URL(upload_url);
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\nContent-Length: 9\r\nContent-Range: bytes 0-8/9\r\nExpect: 100-continue\r\n\r\nhalf`,
    );
    // The emulator says 100 once it takes the body.
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expect
      .poll(() => listRequests(emulator))
      .toMatchObject([
        { path: VIDEO_INIT, status: 200 },
        { path: '/upload', status: null },
      ]);
  });

  test('a GET that was given up', async () => {
    const emulator = await start();
    await emulator.control.addFault({ action: { delay_ms: 60_000 } });
    const client = new AbortController();
    const given = fetch(`${emulator.url}/v2/user/info/?fields=open_id`, { signal: client.signal });
    await expect.poll(async () => (await emulator.control.listFaults()).faults[0]?.applied).toBe(1);
    client.abort();
    await expect(given).rejects.toThrow('aborted');
    await expect
      .poll(() => listRequests(emulator))
      .toMatchObject([{ path: '/v2/user/info/', status: null, code: null, fault: 1 }]);
  });

  test('an init that made a post', async () => {
    const emulator = await start();
    const token = await createToken(emulator);
    await emulator.control.addFault({ action: { bytes_per_second: 1 } });
    const socket = connect(emulator.port, '127.0.0.1');
    const body = JSON.stringify(init);
    socket.write(
      `POST ${VIDEO_INIT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(async () => (await emulator.control.listPosts()).posts).toHaveLength(1);
    socket.destroy();
    await expect
      .poll(() => listRequests(emulator))
      .toMatchObject([{ app: 'audited', path: VIDEO_INIT, status: null, code: 'ok' }]);
  });

  test.each(['before', 'after'] as const)(
    'one that a fault rule cut %s its effect',
    async (drop) => {
      const emulator = await start();
      const token = await createToken(emulator);
      await emulator.control.addFault({ action: { drop }, times: 1 });
      await expect(postJson(`${emulator.url}${CREATOR_INFO}`, token, {})).rejects.toThrow();
      await postJson(`${emulator.url}${CREATOR_INFO}`, token, {});
      await expect
        .poll(() => listRequests(emulator))
        .toMatchObject([
          { path: CREATOR_INFO, status: null, fault: 1 },
          { path: CREATOR_INFO, status: 200, fault: null },
        ]);
    },
  );
});

describe('paths that TikTok has no endpoint at', () => {
  test.each(['/video/', '/oauth/access_token/', '/v1/oauth/token/', '/_emulators/', '/%zz/'])(
    '%s stands in it and is a violation',
    async (path) => {
      const emulator = await start();
      expect((await send(`${emulator.url}${path}?upload_id=canary`)).status).toBe(404);
      await expect.poll(() => listRequests(emulator)).toMatchObject([{ path, status: 404 }]);
      expect(await brokenRules(emulator)).toEqual(['gateway.unsupported_path']);
      expect(JSON.stringify(await emulator.control.listViolations())).not.toContain('canary');
    },
  );

  test('a fault rule can break them', async () => {
    const emulator = await start();
    await emulator.control.addFault({ match: { path: '/video/' }, action: { status: 503 } });
    expect((await send(`${emulator.url}/video/`)).status).toBe(503);
  });

  test('a long one is kept in part', async () => {
    const emulator = await start();
    await send(`${emulator.url}/${'x'.repeat(5000)}`);
    await expect.poll(() => listRequests(emulator)).toHaveLength(1);
    const [{ path } = { path: '' }] = await listRequests(emulator);
    expect(path).toMatch(/^\/x+$/);
    expect(path.length).toBe(512);
  });

  test.each(['/', '/favicon.ico', '/avatars/public_creator.png', '/covers/1.png', '/_emulator'])(
    '%s is the emulator’s own',
    async (path) => {
      const emulator = await start();
      await emulator.control.addFault({ action: { status: 503 } });
      expect((await send(`${emulator.url}${path}`)).status).not.toBe(503);
      await send(`${emulator.url}/v2/last/`);
      await expect.poll(() => listRequests(emulator)).toMatchObject([{ path: '/v2/last/' }]);
      expect(await brokenRules(emulator)).toEqual([]);
    },
  );
});
