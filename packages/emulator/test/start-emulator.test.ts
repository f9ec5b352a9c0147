import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { EmulatorStartError, startEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import { postJson, send, useEmulator } from './support/tiktok.ts';

const start = useEmulator();
const CREATOR_INFO = '/v2/post/publish/creator_info/query/';

test('many emulators run in one process and know nothing of each other', async () => {
  const [one, two] = await Promise.all([start(), start({ dialect: 'lenient' })]);
  await one.control.putCreator('ada');
  const { creators } = await two.control.listCreators();
  expect(creators.map(({ username }) => username)).not.toContain('ada');
  expect((await one.control.getState()).dialect).toBe('strict');
  expect(one.port).not.toBe(two.port);
});

describe('close', () => {
  test('may be called twice, and frees the port', async () => {
    const emulator = await startEmulator();
    await Promise.all([emulator.close(), emulator.close()]);
    await emulator.close();
    const again = await start({ port: emulator.port });
    expect((await send(`${again.url}/_emulator/state`)).status).toBe(200);
  });

  test('lets a request in flight end', async () => {
    const emulator = await start();
    const { access_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    await emulator.control.addFault({ action: { delay_ms: 60_000 } });
    const asked = postJson(`${emulator.url}${CREATOR_INFO}`, access_token, {});
    await expect.poll(async () => (await emulator.control.listFaults()).faults[0]?.applied).toBe(1);
    await emulator.close();
    expect((await asked).status).toBe(200);
  });

  test('does not wait for an upload that says nothing more', async () => {
    const emulator = await start();
    const { access_token } = await emulator.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    const { json } = await postJson(`${emulator.url}/v2/post/publish/video/init/`, access_token, {
      post_info: { privacy_level: 'SELF_ONLY' },
      source_info: { source: 'FILE_UPLOAD', video_size: 9, chunk_size: 9, total_chunk_count: 1 },
    });
    const { pathname, search } = new URL((json['data'] as { upload_url: string }).upload_url);
    const socket = connect(emulator.port, '127.0.0.1');
    const cut = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\nContent-Length: 9\r\nContent-Range: bytes 0-8/9\r\nExpect: 100-continue\r\n\r\nhalf`,
    );
    // The emulator says 100 once it takes the body.
    await new Promise((resolve) => socket.once('data', resolve));
    const before = performance.now();
    await emulator.close();
    expect(performance.now() - before).toBeLessThan(5000);
    await cut;
  });

  test('comes at the end of an `await using` block', async () => {
    let url: string;
    {
      await using emulator = await startEmulator();
      url = emulator.url;
      expect((await send(`${url}/_emulator/state`)).status).toBe(200);
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});

describe('a start that fails', () => {
  test('says which port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    // A listening TCP server has an address object.
    const { port } = other.address() as AddressInfo;
    const failure = await startEmulator({ port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EmulatorStartError);
    expect(failure).toMatchObject({
      code: 'port_in_use',
      message: `Port ${port} of 127.0.0.1 is in use; choose another one, or 0 for any free one.`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test('names a setting that makes no sense', async () => {
    await expect(startEmulator({ settings: { retain: 0 } })).rejects.toMatchObject({
      code: 'bad_settings',
      message: expect.stringContaining('settings retain'),
    });
  });

  test('names an address that is none', async () => {
    await expect(startEmulator({ host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'bad_address',
    });
  });
});

describe('TLS', () => {
  function get(url: string, ca: string | undefined): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      httpsRequest(url, ca === undefined ? {} : { ca })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
  }

  test('a client that trusts the throw-away authority verifies the certificate', async () => {
    const emulator = await start({ tls: true });
    const ca = await readFile(emulator.caCertificatePath ?? '', 'utf8');
    expect(ca).toBe(emulator.caCertificate);
    expect(await emulator.control.getCaCertificate()).toEqual({ pem: ca });
    expect(emulator.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await get(`${emulator.url}/_emulator/state`, ca)).toBe(200);
    const byName = emulator.url.replace('127.0.0.1', 'localhost');
    expect(await get(`${byName}/_emulator/state`, ca)).toBe(200);
    await expect(get(emulator.url, undefined)).rejects.toThrow(/self-signed|unable to/);
  });

  test('the control client needs no certificate, whose file goes with the emulator', async () => {
    const emulator = await start({ tls: true });
    expect(
      await emulator.control.createToken({ client_key: 'audited', username: 'public_creator' }),
    ).toHaveProperty('access_token');
    const path = emulator.caCertificatePath ?? '';
    expect(existsSync(path)).toBe(true);
    await emulator.close();
    expect(existsSync(dirname(path))).toBe(false);
  });
});

test('gives upload addresses under its public URL', async () => {
  const emulator = await start({ publicUrl: 'http://tiktok.test:4010/' });
  const { access_token } = await emulator.control.createToken({
    client_key: 'audited',
    username: 'public_creator',
  });
  const { json } = await postJson(`${emulator.url}/v2/post/publish/video/init/`, access_token, {
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'FILE_UPLOAD', video_size: 4, chunk_size: 4, total_chunk_count: 1 },
  });
  const { upload_url } = json['data'] as { upload_url: string };
  expect(upload_url).toMatch(
    /^http:\/\/tiktok\.test:4010\/upload\?upload_id=\d+&upload_token=[0-9a-f-]{36}$/,
  );
  expect(upload_url.length).toBeLessThanOrEqual(256);
});

test('goes on listening on all addresses, and says where it can be reached', async () => {
  const emulator = await start({ host: '0.0.0.0' });
  expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`);
  expect((await send(`${emulator.url}/_emulator/state`)).status).toBe(200);
});
