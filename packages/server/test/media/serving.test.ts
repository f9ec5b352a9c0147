import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inWorkspace } from '../../src/db/database.ts';
import { createMediaUrls, revokeMediaUrls } from '../../src/media/serving/media-urls.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { makeVideo, readMediaFile } from './support/files.ts';
import { upload } from './support/tus.ts';

let world: World;
let video: Buffer;
let photo: Buffer;
let videoId: string;
let photoId: string;
beforeAll(async () => {
  world = await startWorld();
  const uploader = { url: world.url, apiKey: world.workspace.apiKey };
  video = await makeVideo(600_000);
  photo = await readMediaFile('photo-1080x1350.jpg');
  videoId = await upload(uploader, new Uint8Array(video));
  photoId = await upload(uploader, new Uint8Array(photo), { filename: 'a.jpg' });
});
afterAll(() => world[Symbol.asyncDispose]());

/** Addresses of an attempt, at the server of the test. */
async function makeUrls(mediaIds: readonly string[], seconds = 3600) {
  const attemptId = randomUUID();
  const { services, workspace } = world;
  const expiresAt = new Date(services.clock.now().getTime() + seconds * 1000);
  const urls = await inWorkspace(services.database, workspace.id, (tx) =>
    createMediaUrls(services, tx, { attemptId, mediaIds, expiresAt }),
  );
  return {
    attemptId,
    public: urls,
    urls: urls.map((url) => url.replace(services.config.publicUrl, world.url)),
  };
}

function revoke(attemptId: string) {
  const { services, workspace } = world;
  return inWorkspace(services.database, workspace.id, (tx) => revokeMediaUrls(tx, attemptId));
}

async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

test('addresses lie under the public URL, in the order of the post, and cannot be guessed', async () => {
  const { public: urls } = await makeUrls([videoId, photoId]);
  expect(urls[0]).toMatch(/^http:\/\/127\.0\.0\.1:8787\/media\/[A-Za-z0-9_-]{43}\/0\.mp4$/);
  expect(urls[1]).toMatch(/^http:\/\/127\.0\.0\.1:8787\/media\/[A-Za-z0-9_-]{43}\/1\.jpg$/);
  const stored = await world.rows<{ token_hash: Buffer }>('select token_hash from media_urls');
  expect(stored.every(({ token_hash }) => token_hash.length === 32)).toBe(true);
});

test('a fetch gets the bytes, their type and their length', async () => {
  const { urls } = await makeUrls([videoId, photoId]);
  const got = await Promise.all(urls.map((url) => fetch(url, { redirect: 'error' })));
  expect(got.map(({ status }) => status)).toEqual([200, 200]);
  expect(got.map(({ headers }) => headers.get('content-type'))).toEqual([
    'video/mp4',
    'image/jpeg',
  ]);
  expect(got.map(({ headers }) => headers.get('content-length'))).toEqual([
    String(video.length),
    String(photo.length),
  ]);
  expect(got.map(({ headers }) => headers.get('accept-ranges'))).toEqual(['bytes', 'bytes']);
  const [first, second] = await Promise.all(got.map(bytesOf));
  expect(first?.equals(video)).toBe(true);
  expect(second?.equals(photo)).toBe(true);
});

describe('ranges', () => {
  test.each([
    { range: 'bytes=0-0', first: 0, last: 0 },
    { range: 'bytes=100-299', first: 100, last: 299 },
    { range: 'bytes=599990-', first: 599_990, last: 599_999 },
    { range: 'bytes=-5', first: 599_995, last: 599_999 },
    { range: 'bytes=599999-9999999', first: 599_999, last: 599_999 },
  ])('$range gives 206 and those bytes', async ({ range, first, last }) => {
    const { urls } = await makeUrls([videoId]);
    const answer = await fetch(urls[0] ?? '', { headers: { range } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${last}/600000`);
    expect(answer.headers.get('content-length')).toBe(String(last - first + 1));
    expect((await bytesOf(answer)).equals(video.subarray(first, last + 1))).toBe(true);
  });

  test.each(['bytes=600000-', 'bytes=600000-700000', 'bytes=-0'])(
    '%s gives 416 and the size',
    async (range) => {
      const { urls } = await makeUrls([videoId]);
      const answer = await fetch(urls[0] ?? '', { headers: { range } });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe('bytes */600000');
      expect(await answer.text()).toBe('');
    },
  );

  test.each(['bytes=5-2', 'bytes=0-1,5-6', 'items=0-1', 'bytes=', 'bytes=a-b'])(
    '%s is no range of ours, and gives the whole',
    async (range) => {
      const { urls } = await makeUrls([videoId]);
      const answer = await fetch(urls[0] ?? '', { headers: { range } });
      expect(answer.status).toBe(200);
      expect(await bytesOf(answer)).toHaveLength(600_000);
    },
  );

  test('If-Range gives the part of the same file only', async () => {
    const { urls } = await makeUrls([videoId]);
    const url = urls[0] ?? '';
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    const same = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': etag } });
    expect(same.status).toBe(206);
    const other = await fetch(url, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } });
    expect(other.status).toBe(200);
    await Promise.all([bytesOf(same), bytesOf(other)]);
  });

  test('pieces of several requests make the file', async () => {
    const { urls } = await makeUrls([videoId]);
    const parts: Buffer[] = [];
    for (let first = 0; first < 600_000; first += 170_001) {
      const range = `bytes=${first}-${first + 170_000}`;
      parts.push(await bytesOf(await fetch(urls[0] ?? '', { headers: { range } })));
    }
    expect(Buffer.concat(parts).equals(video)).toBe(true);
  });
});

test('HEAD says what GET would, and counts as no fetch', async () => {
  const { attemptId, urls } = await makeUrls([videoId]);
  const head = await fetch(urls[0] ?? '', { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('content-length')).toBe('600000');
  expect(head.headers.get('content-type')).toBe('video/mp4');
  expect(await revoke(attemptId)).toEqual({ wasFetched: false });
});

test('of addresses that are forgotten nobody knows whether they were fetched', async () => {
  const { attemptId } = await makeUrls([videoId]);
  await world.rows('delete from media_urls where attempt_id = $1', [attemptId]);
  expect(await revoke(attemptId)).toEqual({ wasFetched: true });
});

describe('an address that serves nothing', () => {
  test.each<{ what: string; spoil: (url: string, attemptId: string) => Promise<string> }>([
    { what: 'unknown', spoil: async (url) => url.replace(/media\/..../, 'media/AAAA') },
    { what: 'of another name', spoil: async (url) => url.replace('0.mp4', '1.mp4') },
    { what: 'of another kind', spoil: async (url) => url.replace('0.mp4', '0.jpg') },
    {
      what: 'revoked',
      spoil: async (url, attemptId) => {
        await revoke(attemptId);
        return url;
      },
    },
  ])('$what is 404 for GET and HEAD', async ({ spoil }) => {
    const { attemptId, urls } = await makeUrls([videoId]);
    const url = await spoil(urls[0] ?? '', attemptId);
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(404);
  });

  test('is one that expired', async () => {
    await using own = await startWorld();
    const id = await upload(
      { url: own.url, apiKey: own.workspace.apiKey },
      new Uint8Array(await readMediaFile('pass.mp4')),
    );
    const expiresAt = new Date(own.services.clock.now().getTime() + 3600_000);
    const [url = ''] = await inWorkspace(own.services.database, own.workspace.id, (tx) =>
      createMediaUrls(own.services, tx, { attemptId: randomUUID(), mediaIds: [id], expiresAt }),
    );
    const at = url.replace(own.services.config.publicUrl, own.url);
    expect((await fetch(at)).status).toBe(200);
    await own.moveClocks(3601);
    expect((await fetch(at)).status).toBe(404);
  });
});

test('a revocation and a fetch at the same time never both win', async () => {
  // Whoever comes first, in either order: a byte that went out is one that the revocation knows of.
  const outcomes = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const { attemptId, urls } = await makeUrls([videoId, photoId]);
    const fetches = Promise.all(
      urls.map(async (url) => {
        // Both orders for sure, and then whatever comes.
        await wait(round === 1 ? 500 : round % 7);
        const answer = await fetch(url);
        return answer.status === 200 && (await bytesOf(answer)).length > 0;
      }),
    );
    await (round === 0 ? fetches : wait((round * 3) % 11));
    const { wasFetched } = await revoke(attemptId);
    const got = (await fetches).includes(true);
    outcomes.add(`${got} ${wasFetched}`);
    if (got) expect(wasFetched).toBe(true);
  }
  expect(outcomes).toContain('true true');
  expect(outcomes).toContain('false false');
});

test('an address is committed as fetched before its first byte goes out', async () => {
  const { attemptId, urls } = await makeUrls([videoId]);
  // The row is held: nothing may come before it is written.
  const { services } = world;
  const client = await services.database.pool.connect();
  try {
    await client.query(`begin; set local greenroom.workspace_id = '${world.workspace.id}'`);
    await client.query('select 1 from media_urls where attempt_id = $1 for update', [attemptId]);
    let isAnswered = false;
    const answer = fetch(urls[0] ?? '').then((got) => {
      isAnswered = true;
      return got;
    });
    await expect
      .poll(async () => {
        const rows = await world.rows<{ waiting: boolean }>(
          "select true as waiting from pg_stat_activity where wait_event_type = 'Lock' and query like '%media_urls%'",
        );
        return rows.length;
      })
      .toBe(1);
    expect(isAnswered).toBe(false);
    await client.query('rollback');
    expect((await bytesOf(await answer)).length).toBe(600_000);
  } finally {
    client.release();
  }
  expect(await revoke(attemptId)).toEqual({ wasFetched: true });
});

test('addresses are in no log and in no metric', async () => {
  const { urls } = await makeUrls([videoId]);
  const token = /media\/([^/]+)/.exec(urls[0] ?? '')?.[1] ?? 'none';
  await fetch(urls[0] ?? '').then(bytesOf);
  await fetch((urls[0] ?? '').replace('0.mp4', 'x.mp4'));
  await fetch(`${urls[0]}/further`);
  world.services.log.info({ url: urls[0] }, `fetched ${urls[0]}`);
  expect(token).toHaveLength(43);
  await expect.poll(() => world.logged.join('')).toContain('/media/:token/:name');
  expect(world.logged.join('')).not.toContain(token);
  expect(await world.services.metrics.registry.metrics()).not.toContain(token);
});

describe('signature files', () => {
  test('are served as they are, at the root and under the prefix of media', async () => {
    const { api } = world.workspace;
    const content = 'tiktok-developers-site-verification=AbC123';
    const proof = await api.putDomainProof({ file_name: 'tiktokAbC123.txt', content });
    expect(proof).toMatchObject({ url: 'http://127.0.0.1:8787/tiktokAbC123.txt' });
    for (const prefix of ['', '/media']) {
      const answer = await fetch(`${world.url}${prefix}/tiktokAbC123.txt`, { redirect: 'error' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await answer.text()).toBe(content);
    }
    expect((await api.listDomainProofs({})).items).toMatchObject([
      { file_name: 'tiktokAbC123.txt' },
    ]);
    await api.putDomainProof({ file_name: 'tiktokAbC123.txt', content: 'another' });
    expect(await (await fetch(`${world.url}/tiktokAbC123.txt`)).text()).toBe('another');
    await api.deleteDomainProof({ file_name: 'tiktokAbC123.txt' });
    expect((await fetch(`${world.url}/tiktokAbC123.txt`)).status).toBe(404);
  });

  test('of another workspace are not taken away', async () => {
    const other = await world.addWorkspace();
    await world.workspace.api.putDomainProof({ file_name: 'tiktokMine.txt', content: 'mine' });
    await expect(
      other.api.putDomainProof({ file_name: 'tiktokMine.txt', content: 'theirs' }),
    ).rejects.toMatchObject({ code: 'domain-proof-taken' });
    await expect(
      other.api.deleteDomainProof({ file_name: 'tiktokMine.txt' }),
    ).rejects.toMatchObject({ code: 'not-found' });
    expect(await (await fetch(`${world.url}/tiktokMine.txt`)).text()).toBe('mine');
  });
});
