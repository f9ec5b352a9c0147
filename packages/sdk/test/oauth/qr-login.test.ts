import { type QrLoginCheck, TikTokOAuth } from '@greenroom/sdk/oauth';
import { describe, expect, test } from 'vitest';
import { type Answer, sendJson, startServer } from '../support/server.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const SCAN_URL = 'aweme://authorize?client_key=aw0key&client_ticket=tobefilled&x=1';

function startOAuth(baseUrl: string) {
  const time = new VirtualTime(Date.parse('2026-11-20T12:00:00Z'));
  const { clock, sleep } = time;
  return {
    time,
    oauth: new TikTokOAuth({ clientKey: 'aw0key', clientSecret: 's', baseUrl, clock, sleep }),
  };
}

/** Answers the first call with a new login, the others with what is given. */
function loginThen(check: (index: number) => unknown): Answer {
  return (response, request, index) =>
    request.url === '/v2/oauth/get_qrcode/'
      ? sendJson(response, 200, { scan_qrcode_url: SCAN_URL, token: 'qr-token' })
      : sendJson(response, 200, check(index - 1));
}

test('a QR login carries a ticket of ours in place of the blank', async () => {
  await using server = await startServer(loginThen(() => ({ status: 'new', client_ticket: '' })));
  const { oauth } = startOAuth(server.url);
  const login = await oauth.getQrCode({ scopes: ['user.info.basic', 'video.list'], state: 'st' });
  const other = await oauth.getQrCode({ scopes: ['video.list'] });
  expect(login.clientTicket).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(other.clientTicket).not.toBe(login.clientTicket);
  expect(login.url).toBe(SCAN_URL.replace('tobefilled', login.clientTicket));
  const sent = server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(sent).toEqual([
    { client_key: 'aw0key', scope: 'user.info.basic,video.list', state: 'st' },
    { client_key: 'aw0key', scope: 'video.list' },
  ]);
  const check = await oauth.checkQrCode(login);
  expect(check).toMatchObject({ status: 'new', code: undefined, scopes: [] });
  expect(server.requests[2]?.url).toBe('/v2/oauth/check_qrcode/');
  expect(Object.fromEntries(new URLSearchParams(server.requests[2]?.body))).toEqual({
    client_key: 'aw0key',
    client_secret: 's',
    token: 'qr-token',
  });
});

describe('a confirmed login', () => {
  async function check(fields: (ticket: string) => object): Promise<QrLoginCheck> {
    let ticket = '';
    await using server = await startServer(
      loginThen(() => ({ status: 'confirmed', client_ticket: ticket, ...fields(ticket) })),
    );
    const { oauth } = startOAuth(server.url);
    const login = await oauth.getQrCode({ scopes: ['video.list'] });
    ticket = login.clientTicket;
    return await oauth.checkQrCode(login);
  }

  test.each([
    [
      'as a URL in redirect_uri',
      { redirect_uri: 'https://a.test/?code=c%2A0%21&state=st&scopes=a,b' },
    ],
    ['as a URL in code', { code: 'https://a.test/?code=c%2A0%21&state=st&scopes=a,b' }],
    ['as itself in code', { code: 'c*0!', state: 'st', scopes: 'a,b' }],
  ])('has its code %s', async (_how, fields) => {
    const { status, code, state, scopes } = await check(() => fields);
    expect({ status, code, state, scopes }).toEqual({
      status: 'confirmed',
      code: 'c*0!',
      state: 'st',
      scopes: ['a', 'b'],
    });
  });

  test.each(['', 'another-ticket', undefined])('with the ticket %j is refused', async (ticket) => {
    const error = check(() => ({ client_ticket: ticket, code: 'stolen' }));
    await expect(error).rejects.toMatchObject({ code: 'qr_ticket_mismatch' });
  });

  test('without a code is none', async () => {
    await expect(check(() => ({}))).rejects.toMatchObject({ code: 'answer_unexpected' });
  });
});

test('another ticket is refused before the confirmation too', async () => {
  await using server = await startServer(
    loginThen(() => ({ status: 'scanned', client_ticket: 'another-ticket' })),
  );
  const { oauth } = startOAuth(server.url);
  const login = await oauth.getQrCode({ scopes: ['video.list'] });
  await expect(oauth.checkQrCode(login)).rejects.toMatchObject({ code: 'qr_ticket_mismatch' });
});

test('waiting asks until the login is confirmed, and says how far it is', async () => {
  let ticket = '';
  const statuses = ['new', 'new', 'scanned', 'confirmed'];
  await using server = await startServer(
    loginThen((i) => {
      const status = statuses[i];
      const isScanned = status === 'scanned' || status === 'confirmed';
      return {
        status,
        client_ticket: isScanned ? ticket : '',
        code: status === 'confirmed' ? 'c' : '',
      };
    }),
  );
  const { oauth, time } = startOAuth(server.url);
  const login = await oauth.getQrCode({ scopes: ['video.list'] });
  ticket = login.clientTicket;
  const seen: string[] = [];
  const onCheck = ({ status }: QrLoginCheck) => void seen.push(status);
  const confirmed = await time.runUntil(oauth.waitForQrLogin(login, { onCheck }));
  expect(confirmed.code).toBe('c');
  expect(seen).toEqual(statuses);
  expect(time.slept).toEqual([2_000, 2_000, 2_000]);
});

test.each(['expired', 'utilised'])('waiting ends when the login is %s', async (status) => {
  await using server = await startServer(loginThen(() => ({ status })));
  const { oauth, time } = startOAuth(server.url);
  const login = await oauth.getQrCode({ scopes: ['video.list'] });
  const waits = time.runUntil(oauth.waitForQrLogin(login));
  await expect(waits).rejects.toMatchObject({ code: 'qr_expired', whoseMove: 'person' });
});

test('waiting is bounded', async () => {
  await using server = await startServer(loginThen(() => ({ status: 'new' })));
  const { oauth, time } = startOAuth(server.url);
  const login = await oauth.getQrCode({ scopes: ['video.list'] });
  const waits = time.runUntil(oauth.waitForQrLogin(login, { intervalMs: 1_000, waitMs: 3_500 }));
  await expect(waits).rejects.toMatchObject({ name: 'TikTokTimeoutError', code: 'timeout' });
  expect(server.requests).toHaveLength(1 + 4);
});

test.each([
  [{ scan_qrcode_url: 'aweme://authorize?client_ticket=mine', token: 't' }],
  [{ scan_qrcode_url: SCAN_URL }],
  [{}],
])('%j is no QR login', async (answer) => {
  await using server = await startServer((response) => sendJson(response, 200, answer));
  const error = startOAuth(server.url).oauth.getQrCode({ scopes: ['video.list'] });
  await expect(error).rejects.toMatchObject({ code: 'answer_unexpected' });
});
