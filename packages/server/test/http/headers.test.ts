import { describe, expect, test } from 'vitest';
import { startHttpServer } from './support/http-server.ts';
import { sendRaw } from './support/raw-request.ts';

describe('security headers', () => {
  test('go with every answer, found or not', async () => {
    await using server = await startHttpServer();
    for (const path of ['/api/v1/accounts', '/nothing', '/api/docs', '/docs/style.css']) {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/);
    }
  });

  test('an address that no router can read has the ones that matter', async () => {
    await using server = await startHttpServer();
    const answer = await fetch(`${server.url}/%zz`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('request-id')).not.toBeNull();
  });

  test('HSTS is sent where people come by https, and only there', async () => {
    await using plain = await startHttpServer();
    expect((await fetch(plain.url)).headers.get('strict-transport-security')).toBeNull();
    await using safe = await startHttpServer({
      env: { GREENROOM_PUBLIC_URL: 'https://greenroom.example' },
    });
    expect((await fetch(safe.url)).headers.get('strict-transport-security')).toBe(
      'max-age=31536000',
    );
  });

  test('other origins get nothing: no CORS', async () => {
    await using server = await startHttpServer();
    const headers = { origin: 'https://evil.example', authorization: `Bearer ${server.apiKey}` };
    const get = await fetch(`${server.url}/api/v1/accounts`, { headers });
    expect(get.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${server.url}/api/v1/accounts`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('answers of the API are kept by nobody', async () => {
    await using server = await startHttpServer();
    const { headers } = await fetch(`${server.url}/api/v1/workspace`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('request ids', () => {
  test('are made by us, whatever the request claims', async () => {
    await using server = await startHttpServer();
    const answer = await fetch(`${server.url}/nothing`, {
      headers: { 'request-id': 'mine', 'x-request-id': 'mine' },
    });
    const id = answer.headers.get('request-id') ?? '';
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await expect.poll(() => server.logged.join('')).toContain(`"request_id":"${id}"`);
  });

  test('the log tells an address by its template, never by what it carries', async () => {
    await using server = await startHttpServer();
    const secret = 'canary-in-a-query';
    await fetch(`${server.url}/api/v1/accounts?cursor=${secret}`);
    await fetch(`${server.url}/connect/callback?code=${secret}`);
    await expect
      .poll(() => server.logged.filter((line) => line.includes('"msg":"request"')))
      .toHaveLength(2);
    expect(server.logged.join('')).not.toContain(secret);
  });
});

describe('limits', () => {
  test('an address that sends too much is told when to come back, and others go on', async () => {
    await using server = await startHttpServer({
      env: {
        GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '5',
        GREENROOM_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    const from = (address: string) =>
      fetch(`${server.url}/nothing`, { headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) statuses.push((await from('192.0.2.1')).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
    const refused = await from('192.0.2.1');
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await from('192.0.2.2')).status).toBe(404);
    // One household of IPv6 is one caller.
    for (let index = 0; index < 5; index += 1) await from(`2001:db8:1:2::${index}`);
    expect((await from('2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await from('2001:db8:1:3::1')).status).toBe(404);
  });

  test('TikTok may send the events of all creators from one address, and not without end', async () => {
    await using server = await startHttpServer({
      env: { GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '3' },
    });
    const statuses: number[] = [];
    for (let index = 0; index < 31; index += 1) {
      const sent = await fetch(`${server.url}/webhooks/tiktok`, { method: 'POST', body: '{}' });
      statuses.push(sent.status);
    }
    expect(statuses.lastIndexOf(429)).toBe(30);
    expect(statuses.indexOf(429)).toBe(30);
    // Other requests of the address are counted for themselves.
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  });

  test('X-Forwarded-For of a stranger is not believed', async () => {
    await using server = await startHttpServer({
      env: { GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '3' },
    });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      const headers = { 'x-forwarded-for': `192.0.2.${index}` };
      statuses.push((await fetch(`${server.url}/nothing`, { headers })).status);
    }
    expect(statuses).toEqual([404, 404, 404, 429]);
  });

  test('a key that sends too much is stopped, whatever its address; another key is not', async () => {
    await using server = await startHttpServer({
      env: { GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '4', GREENROOM_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const ask = (apiKey: string, index: number) =>
      fetch(`${server.url}/api/v1/workspace`, {
        headers: { authorization: `Bearer ${apiKey}`, 'x-forwarded-for': `192.0.2.${index}` },
      });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1)
      statuses.push((await ask(server.apiKey, index)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    expect((await ask(await server.addKey(server.workspaceId), 9)).status).toBe(200);
  });

  test('guessing at keys is limited by address', async () => {
    await using server = await startHttpServer({
      env: { GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '3' },
    });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      const token = `grk_${String(index).padStart(43, 'A')}`;
      const headers = { authorization: `Bearer ${token}` };
      statuses.push((await fetch(`${server.url}/api/v1/workspace`, { headers })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});

test('a connection is kept for the next request', async () => {
  await using server = await startHttpServer();
  const request = 'GET /docs/style.css HTTP/1.1\r\nHost: x\r\n\r\n';
  const answer = await sendRaw(server.port, request);
  expect(answer.headers['connection']).toBe('keep-alive');
});
