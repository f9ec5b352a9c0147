import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRange } from '../../src/inspector/byte-range.ts';
import { mediaTypeOf } from '../../src/inspector/media-type.ts';
import { createPublisher } from '../support/publisher.ts';
import { send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();
const pageFolder = new URL('../../src/inspector/page/', import.meta.url);
const demoVideo = new URL('../../../../examples/demo/media/greenroom-demo.mp4', import.meta.url);

function pageFiles(): string[] {
  return readdirSync(pageFolder);
}

describe('the page', () => {
  test('comes with all its files, and a policy that allows nothing else', async () => {
    const { url } = await start();
    const page = await send(`${url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const types = new Set<string>();
    for (const file of pageFiles()) {
      const answer = await send(`${url}/_emulator/inspector/${file}`);
      expect(answer.status, file).toBe(200);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      types.add(answer.headers.get('content-type') ?? '');
    }
    expect([...types].toSorted()).toEqual([
      'image/svg+xml',
      'text/css; charset=utf-8',
      'text/html; charset=utf-8',
      'text/javascript; charset=utf-8',
    ]);
  });

  test('refers to no file that is not there, and to no other host', () => {
    const names = new Set(pageFiles());
    for (const file of names) {
      const text = readFileSync(new URL(file, pageFolder), 'utf8');
      const own = [...text.matchAll(/(?:\/_emulator\/inspector\/|from '\.\/)([\w.-]+)/g)];
      for (const [, name = ''] of own) expect([...names], file).toContain(name);
      const hosts = [...text.matchAll(/https?:\/\/([^/"'\s]+)/g)].map(([, host]) => host);
      // A namespace and a comment's source are no requests.
      expect(hosts.filter((host) => host !== 'www.w3.org')).toEqual([]);
      expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|outerHTML/);
    }
  });

  test.each([
    'nothing.js',
    'style.txt',
    '..%2fregister-inspector.ts',
    '..%2f..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2findex.ts',
    'page%2findex.html',
    'index.html%00.js',
  ])('does not give out %s', async (file) => {
    const { url } = await start();
    expect((await send(`${url}/_emulator/inspector/${file}`)).status).toBe(404);
  });
});

describe('the media of a post', () => {
  test('are the bytes that were received, whole and in ranges', async () => {
    const { url } = await start();
    const publisher = await createPublisher(url);
    const publishId = await publisher.publishVideo('first light');
    const address = `${url}/_emulator/media/${publishId}`;
    const expected = await readFile(demoVideo);

    const whole = await fetch(address);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(sha256(Buffer.from(await whole.arrayBuffer()))).toBe(sha256(expected));

    const part = await fetch(address, { headers: { range: 'bytes=1000-1999' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${expected.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(expected.subarray(1000, 2000));

    const tail = await fetch(address, { headers: { range: 'bytes=-5' } });
    expect(Buffer.from(await tail.arrayBuffer())).toEqual(expected.subarray(-5));

    const beyond = await fetch(address, { headers: { range: `bytes=${expected.length}-` } });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe(`bytes */${expected.length}`);
    expect((await send(`${address}/0`)).status).toBe(404);
  });

  test('are the photos of a post, one by one', async () => {
    const { url } = await start();
    const publishId = await (await createPublisher(url)).publishPhotos('three rooms');
    const address = `${url}/_emulator/media/${publishId}`;
    expect((await fetch(`${address}/0`)).headers.get('content-type')).toBe('image/jpeg');
    expect((await fetch(`${address}/1`)).headers.get('content-type')).toBe('image/webp');
    for (const index of ['2', '-1', 'x', '0.5', '__proto__']) {
      expect((await send(`${address}/${index}`)).status, index).toBe(404);
    }
  });

  test('are never served as a page, whatever was uploaded', async () => {
    const { url } = await start();
    const bytes = Buffer.from('<!doctype html><script>alert(1)</script>');
    const publishId = await (await createPublisher(url)).publishVideo('a page', bytes);
    const answer = await send(`${url}/_emulator/media/${publishId}`);
    expect(answer.text).toBe(bytes.toString());
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('are not there for posts that are not there', async () => {
    const { url } = await start();
    expect(await send(`${url}/_emulator/media/v_pub_file~v2-1.1`)).toMatchObject({
      status: 404,
      json: { error: { message: 'There are no bytes of such a post.' } },
    });
  });
});

describe('a range', () => {
  test.each([
    [undefined, undefined],
    ['bytes=0-', { first: 0, last: 99 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-200', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,4-5', undefined],
    ['lines=0-1', undefined],
  ])('of %s in 100 bytes is %o', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected);
  });

  test('never leaves the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => `bytes=${from}-${to}`),
      fc.nat().map((from) => `bytes=${from}-`),
      fc.nat().map((length) => `bytes=-${length}`),
    );
    fc.assert(
      fc.property(header, fc.nat(), (text, size) => {
        const range = parseRange(text, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.first).toBeLessThanOrEqual(range.last);
        expect(range.last).toBeLessThan(size);
      }),
    );
  });
});

test.each([
  ['pass.mp4', 'video/mp4'],
  ['pass.mov', 'video/quicktime'],
  ['pass-vp8.webm', 'video/webm'],
  ['photo-1080x1350.jpg', 'image/jpeg'],
  ['photo-1080x1350.webp', 'image/webp'],
  ['photo-1080x1350.png', 'image/png'],
  ['web-page.mp4', 'application/octet-stream'],
])('%s is served as %s', async (file, type) => {
  expect(mediaTypeOf(await readFile(new URL(`../media/${file}`, import.meta.url)))).toBe(type);
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
