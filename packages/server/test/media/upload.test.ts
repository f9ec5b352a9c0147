import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sweepAbandoned } from '../../src/media/sweep-media.ts';
import { startWorld, type TestWorkspace, type World } from '../accounts/support/world.ts';
import { makeVideo, readMediaFile } from './support/files.ts';
import {
  beginUpload,
  createUpload,
  digestOf,
  idOf,
  openPatch,
  sendBytes,
  tus,
  type Uploader,
  upload,
} from './support/tus.ts';

let world: World;
let workspace: TestWorkspace;
let uploader: Uploader;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

async function inNewWorkspace(): Promise<void> {
  workspace = await world.addWorkspace();
  uploader = { url: world.url, apiKey: workspace.apiKey };
}
beforeAll(inNewWorkspace);

/** Names of the files that the store has. */
async function storedIds(): Promise<string[]> {
  const folder = world.services.config.mediaFolder ?? '';
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.flatMap((name) => name.split('/')[1] ?? []);
}

describe('a file that comes in', () => {
  test.each([
    {
      name: 'pass.mp4',
      facts: { media_type: 'VIDEO', container: 'mp4', codec: 'h264', content_type: 'video/mp4' },
    },
    {
      name: 'pass.mov',
      facts: { media_type: 'VIDEO', container: 'mov', content_type: 'video/quicktime' },
    },
    {
      name: 'pass-vp9.webm',
      facts: { media_type: 'VIDEO', container: 'webm', codec: 'vp9', content_type: 'video/webm' },
    },
    {
      name: 'photo-1080x1350.jpg',
      facts: { media_type: 'PHOTO', width: 1080, height: 1350, content_type: 'image/jpeg' },
    },
    {
      name: 'photo-1080x1350.webp',
      facts: { media_type: 'PHOTO', width: 1080, height: 1350, content_type: 'image/webp' },
    },
  ])('$name is ready when the last byte is answered', async ({ name, facts }) => {
    const bytes = new Uint8Array(await readMediaFile(name));
    const id = await upload(uploader, bytes, { filename: name, sha256: digestOf(bytes) });
    expect(await workspace.api.getMedia({ id })).toMatchObject({
      ...facts,
      state: 'ready',
      reason: null,
      file_name: name,
      size: bytes.length,
      received: bytes.length,
      sha256: digestOf(bytes),
    });
  });

  test('has its row from the begin, and says how far it is', async () => {
    const path = await beginUpload(uploader, 1000);
    expect(path).toMatch(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/);
    const media = await workspace.api.getMedia({ id: idOf(path) });
    expect(media).toMatchObject({ state: 'uploading', received: 0, size: 1000, sha256: null });
    expect((await tus(uploader, 'HEAD', path)).offset).toBe(0);
    expect((await sendBytes(uploader, path, 0, new Uint8Array(400))).offset).toBe(400);
    expect(await workspace.api.getMedia({ id: idOf(path) })).toMatchObject({ received: 400 });
  });

  test('may come with the first request', async () => {
    const bytes = new Uint8Array(await readMediaFile('pass.mp4'));
    const answer = await tus(
      uploader,
      'POST',
      '/api/v1/uploads',
      {
        'upload-length': String(bytes.length),
        'content-type': 'application/offset+octet-stream',
      },
      bytes,
    );
    expect(answer).toMatchObject({ status: 201, offset: bytes.length });
    const id = idOf(answer.headers.get('location') ?? '');
    expect(await workspace.api.getMedia({ id })).toMatchObject({
      state: 'ready',
      file_name: 'unnamed',
    });
  });

  test('that is no media is refused with words, and its bytes are gone', async () => {
    const id = await upload(uploader, new TextEncoder().encode('Dear TikTok, this is a letter.'));
    const media = await workspace.api.getMedia({ id });
    expect(media).toMatchObject({ state: 'refused', reason: { code: 'not_media' } });
    expect(media.reason?.remedy).toContain('upload it again');
    expect(await storedIds()).not.toContain(id);
  });

  test('that is not what was announced is refused', async () => {
    const bytes = new Uint8Array(await readMediaFile('pass.mp4'));
    const id = await upload(uploader, bytes, { sha256: 'ab'.repeat(32) });
    expect(await workspace.api.getMedia({ id })).toMatchObject({
      state: 'refused',
      reason: { code: 'sha256_mismatch' },
      sha256: digestOf(bytes),
    });
  });

  test('tells of it as an event', async () => {
    const id = await upload(uploader, new Uint8Array(await readMediaFile('pass.mp4')));
    const rows = await world.rows<{ type: string }>(
      "select type from events where details ->> 'media_id' = $1",
      [id],
    );
    expect(rows).toEqual([{ type: 'media.ready' }]);
  });
});

describe('an upload that was cut', () => {
  test('goes on at the very byte, and its digest is that of the whole', async () => {
    const bytes = await makeVideo(3_000_000);
    const path = await beginUpload(uploader, bytes.length);
    const cut = await openPatch(uploader, path, 0, bytes.length);
    await cut.send(bytes.subarray(0, 1_234_567));
    await expect
      .poll(async () => (await workspace.api.getMedia({ id: idOf(path) })).received, {
        timeout: 5000,
      })
      .toBe(1_234_567);
    cut.cut();
    const { offset } = await tus(uploader, 'HEAD', path);
    expect(offset).toBe(1_234_567);
    await sendBytes(uploader, path, 1_234_567, new Uint8Array(bytes.subarray(1_234_567)));
    expect(await workspace.api.getMedia({ id: idOf(path) })).toMatchObject({
      state: 'ready',
      sha256: digestOf(bytes),
    });
  });

  test('whose first connection hangs is given to the second', async () => {
    const bytes = await makeVideo(500_000);
    const path = await beginUpload(uploader, bytes.length);
    const hanging = await openPatch(uploader, path, 0, bytes.length);
    await hanging.send(bytes.subarray(0, 100_000));
    await vi.waitFor(async () => {
      const { offset = 0 } = await tus(uploader, 'HEAD', path);
      expect(offset).toBe(100_000);
    }, 10_000);
    await hanging.closed;
    const answer = await sendBytes(
      uploader,
      path,
      100_000,
      new Uint8Array(bytes.subarray(100_000)),
    );
    expect(answer.status).toBe(204);
    const media = await workspace.api.getMedia({ id: idOf(path) });
    expect(media).toMatchObject({ state: 'ready', sha256: digestOf(bytes) });
  });

  test('is answered with its last byte, though its body has no end', async () => {
    const bytes = await readMediaFile('pass.mp4');
    const path = await beginUpload(uploader, bytes.length);
    const endless = await openPatch(uploader, path, 0, 'chunked');
    await endless.send(Buffer.from(`${bytes.length.toString(16)}\r\n`));
    await endless.send(bytes);
    await endless.send(Buffer.from('\r\n'));
    await expect.poll(endless.answer, { timeout: 5000 }).toMatch(/^HTTP\/1\.1 204 /);
    expect(await workspace.api.getMedia({ id: idOf(path) })).toMatchObject({
      state: 'ready',
      sha256: digestOf(bytes),
    });
    endless.cut();
  });

  test('takes no bytes but the next ones', async () => {
    const path = await beginUpload(uploader, 1000);
    await sendBytes(uploader, path, 0, new Uint8Array(100));
    for (const offset of [0, 99, 101]) {
      const answer = await sendBytes(uploader, path, offset, new Uint8Array(10));
      expect(answer).toMatchObject({ status: 409, code: 'upload-offset' });
    }
    const more = await sendBytes(uploader, path, 100, new Uint8Array(901));
    expect(more.status).toBe(400);
    expect((await tus(uploader, 'HEAD', path)).offset).toBe(100);
  });

  test('takes no more bytes than were announced, however many come', async () => {
    const path = await beginUpload(uploader, 1_000_000);
    // Without a length in front: only counting tells.
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(70_000)),
    });
    const answer = await sendBytes(uploader, path, 0, endless);
    expect(answer).toMatchObject({ status: 400, code: 'invalid-request' });
    const { offset = 0 } = await tus(uploader, 'HEAD', path);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(1_000_000);
  });

  test('expires a day after its last byte, and not before', async () => {
    await using own = await startWorld();
    const { apiKey, api } = own.workspace;
    const path = await beginUpload({ url: own.url, apiKey }, 1000);
    await sendBytes({ url: own.url, apiKey }, path, 0, new Uint8Array(10));
    await own.moveClocks(23 * 3600);
    expect(await sweepAbandoned(own.services, { limit: 10 })).toBe(0);
    await sendBytes({ url: own.url, apiKey }, path, 10, new Uint8Array(10));
    await own.moveClocks(23 * 3600);
    expect(await sweepAbandoned(own.services, { limit: 10 })).toBe(0);
    await own.moveClocks(2 * 3600);
    expect(await sweepAbandoned(own.services, { limit: 10 })).toBe(1);
    expect((await tus({ url: own.url, apiKey }, 'HEAD', path)).status).toBe(404);
    expect((await api.listMedia({})).items).toEqual([]);
    expect(await readdir(own.services.config.mediaFolder ?? '', { recursive: true })).toHaveLength(
      1,
    );
  });
});

describe('who may upload', () => {
  test('nobody without a key, nobody without the scope, nobody of another workspace', async () => {
    const path = await beginUpload(uploader, 1000);
    const nobody = await fetch(new URL('/api/v1/uploads', world.url), {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '5' },
    });
    expect(nobody.status).toBe(401);
    const reader = await world.addKey(workspace.id, ['media:read']);
    const other = await world.addWorkspace();
    expect(await createUpload({ url: world.url, apiKey: reader.apiKey }, 5)).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    const foreign = { url: world.url, apiKey: other.apiKey };
    expect((await tus(foreign, 'HEAD', path)).status).toBe(404);
    expect(await sendBytes(foreign, path, 0, new Uint8Array(5))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
    expect((await tus(foreign, 'DELETE', path)).status).toBe(404);
    expect((await tus(uploader, 'HEAD', path)).offset).toBe(0);
  });

  test('a session of another site changes nothing', async () => {
    const answer = await fetch(new URL('/api/v1/uploads', world.url), {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '5', origin: 'https://evil.example' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('what makes no sense', () => {
  test.each([
    { what: 'no version of tus', headers: { 'tus-resumable': '0.2.2', 'upload-length': '5' } },
    { what: 'no length', headers: {} },
    { what: 'no bytes', headers: { 'upload-length': '0' } },
    { what: 'a negative length', headers: { 'upload-length': '-5' } },
    { what: 'a length that is none', headers: { 'upload-length': 'many' } },
    { what: 'metadata that are none', headers: { 'upload-length': '5', 'upload-metadata': ',,' } },
    {
      what: 'a digest that is none',
      headers: { 'upload-length': '5', 'upload-metadata': `sha256 ${btoa('abc')}` },
    },
  ])('$what is 400 with a problem', async ({ headers }) => {
    const before = (await workspace.api.getMediaUsage({})).files;
    const answer = await tus(uploader, 'POST', '/api/v1/uploads', headers);
    expect(answer).toMatchObject({ status: 400, code: 'invalid-request' });
    expect((await workspace.api.getMediaUsage({})).files).toBe(before);
  });

  test.each(['not-an-id', '00000000-0000-4000-8000-000000000000', '..%2f..%2fmaster.key', '%00'])(
    'an upload %s is not found',
    async (id) => {
      expect([400, 404]).toContain((await tus(uploader, 'HEAD', `/api/v1/uploads/${id}`)).status);
    },
  );

  test('a name keeps its last part and nothing that a terminal obeys', async () => {
    const name = '../../etc/\u001b[31mclip\u0000 🏳️‍🌈.mp4';
    const id = idOf(await beginUpload(uploader, 10, { filename: name }));
    expect((await workspace.api.getMedia({ id })).file_name).toBe('[31mclip 🏳️‍🌈.mp4');
  });
});

describe('room', () => {
  test('an upload counts whole, and one that is too much is refused at its begin', async () => {
    await using own = await startWorld({ env: { GREENROOM_MEDIA_QUOTA_BYTES: '10000' } });
    const by = { url: own.url, apiKey: own.workspace.apiKey };
    const answers = await Promise.all(Array.from({ length: 5 }, () => createUpload(by, 3000)));
    // Three fit, however they race.
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 413, 413]);
    expect(answers.find(({ status }) => status === 413)?.code).toBe('media-quota-exceeded');
    const usage = await own.workspace.api.getMediaUsage({});
    expect(usage).toEqual({ bytes_used: 9000, bytes_quota: 10000, files: 3 });
    const [one] = (await own.workspace.api.listMedia({})).items;
    await own.workspace.api.deleteMedia({ id: one?.id ?? '' });
    expect((await createUpload(by, 4000)).status).toBe(201);
  });

  test('a file that TikTok would not take is refused at its begin', async () => {
    expect(await createUpload(uploader, 4_000_000_001)).toMatchObject({
      status: 413,
      code: 'media-too-large',
    });
  });
});

describe('deleting', () => {
  test('takes the bytes, too', async () => {
    const id = await upload(uploader, new Uint8Array(await readMediaFile('pass.mp4')));
    expect(await storedIds()).toContain(id);
    await workspace.api.deleteMedia({ id });
    expect(await storedIds()).not.toContain(id);
    await expect(workspace.api.getMedia({ id })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('ends an upload by tus as well', async () => {
    const path = await beginUpload(uploader, 1000);
    await sendBytes(uploader, path, 0, new Uint8Array(10));
    expect((await tus(uploader, 'DELETE', path)).status).toBe(204);
    expect((await sendBytes(uploader, path, 10, new Uint8Array(10))).status).toBe(404);
    expect(await storedIds()).not.toContain(idOf(path));
  });
});
