import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { inspectVideo, uploadVideo, urlSource } from '@greenroom/sdk';
import { expect, test } from 'vitest';
import { type Step, startUploadServer } from '../support/upload-server.ts';
import { makeVideo, sha256 } from '../support/video.ts';

const SIZE = 3_000_123;
const PLAN = { video_size: SIZE, chunk_size: 1_000_000, total_chunk_count: 3 };
const VIDEO = makeVideo(SIZE);
const SECRET = 'signature=canary-signature';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Storage extends AsyncDisposable {
  readonly url: string;
  readonly asked: string[];
  handler: Handler;
}

/** Object storage that serves one file by ranges. */
async function startStorage(handler: Handler = serveRange()): Promise<Storage> {
  const storage = { url: '', asked: [] as string[], handler };
  const server = createServer((request, response) => {
    storage.asked.push(request.headers.range ?? '');
    storage.handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a path.
  storage.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v.mp4?${SECRET}`;
  return Object.assign(storage, {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function serveRange(video = VIDEO, headers: Record<string, string> = { etag: '"1"' }): Handler {
  return (request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const body = video.subarray(Number(first), Number(last) + 1);
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${first}-${last}/${video.length}`,
      'content-length': body.length,
    });
    response.end(body);
  };
}

test('sends a video from a URL, a range a chunk', async () => {
  await using storage = await startStorage();
  await using server = await startUploadServer();
  const source = await urlSource(new URL(storage.url), { headers: { 'x-key': 'k' } });
  expect(source).toMatchObject({ size: SIZE, fingerprint: '3000123:"1"' });
  const { uploadUrl } = server;
  const contentType = await inspectVideo(source);
  expect(contentType).toBe('video/mp4');
  storage.asked.length = 0;
  await uploadVideo({ uploadUrl, source, plan: PLAN, contentType, allowUploadHost: () => true });
  expect(storage.asked).toEqual([
    'bytes=0-999999',
    'bytes=1000000-1999999',
    'bytes=2000000-3000122',
  ]);
  expect(server.sha256()).toBe(sha256(VIDEO));
});

test.each([
  {
    server: 'ignores ranges',
    handler: ((_, response) => void response.end(VIDEO)) satisfies Handler,
  },
  { server: 'does not say which bytes it sends', handler: answer(206) },
  {
    server: 'does not say how large the file is',
    handler: answer(206, { 'content-range': 'bytes 0-0/*' }),
  },
  {
    server: 'compresses what it sends',
    handler: ((_, response) => {
      const body = gzipSync('x');
      response.writeHead(206, { 'content-range': 'bytes 0-0/9', 'content-encoding': 'gzip' });
      response.end(body);
    }) satisfies Handler,
  },
  { server: 'has no such file', handler: answer(404) },
  { server: 'refuses', handler: answer(403) },
  { server: 'fails', handler: answer(503), code: 'source_failed' },
])('refuses a URL whose server $server', async ({ handler, code = 'source_url_unusable' }) => {
  await using storage = await startStorage(handler);
  const error: unknown = await urlSource(storage.url).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'TikTokUploadError', code });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-signature');
});

test('names a server that cannot be reached, without its URL', async () => {
  const error: unknown = await urlSource(`http://127.0.0.1:1/v.mp4?${SECRET}`).catch((e) => e);
  expect(error).toMatchObject({ code: 'source_failed', isRetryable: true });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-signature');
});

test('an abort ends the first request with its own reason', async () => {
  await using storage = await startStorage(() => controller.abort(reason));
  const controller = new AbortController();
  const reason = new Error('enough');
  await expect(urlSource(storage.url, { signal: controller.signal })).rejects.toBe(reason);
});

test.each([
  { change: 'gets another ETag', handler: serveRange(VIDEO, { etag: '"2"' }) },
  { change: 'loses its ETag', handler: serveRange(VIDEO, {}) },
  { change: 'grows', handler: serveRange(makeVideo(SIZE + 10)) },
  { change: 'becomes smaller', handler: answer(416) },
  { change: 'is sent whole', handler: answer(200), code: 'source_url_unusable' },
  {
    change: 'is sent by another range',
    handler: answer(206, { 'content-range': `bytes 0-9/${SIZE}`, etag: '"1"' }),
    code: 'source_url_unusable',
  },
])('never completes a video that $change meanwhile', async ({ handler, code }) => {
  await using storage = await startStorage();
  const source = await urlSource(storage.url);
  const between: Step = async (turn) => {
    await turn.complete;
    storage.handler = handler;
    await turn.accept();
  };
  await using server = await startUploadServer([between]);
  const { uploadUrl } = server;
  const options = { uploadUrl, source, plan: PLAN, contentType: 'video/mp4' } as const;
  await expect(uploadVideo({ ...options, allowUploadHost: () => true })).rejects.toMatchObject({
    code: code ?? 'source_changed',
  });
  expect(server.progress()).toBe(1_000_000);
});

test('a storage that fails for a moment is asked again', async () => {
  await using storage = await startStorage();
  const source = await urlSource(storage.url);
  const normal = storage.handler;
  let requests = 0;
  storage.handler = (request, response) => {
    requests += 1;
    if (requests === 1) return void answer(503)(request, response);
    if (requests === 2) return void response.destroy();
    if (requests > 3) return normal(request, response);
    // The half of a range, and then the connection ends.
    response.writeHead(206, {
      'content-range': `bytes 0-999999/${SIZE}`,
      'content-length': 1_000_000,
      etag: '"1"',
    });
    response.write(VIDEO.subarray(0, 500_000), () => response.destroy());
  };
  await using server = await startUploadServer();
  const { uploadUrl } = server;
  const options = { uploadUrl, source, plan: PLAN, contentType: 'video/mp4' } as const;
  const sleep = async () => undefined;
  const result = await uploadVideo({ ...options, allowUploadHost: () => true, sleep });
  expect(result.retries).toBe(3);
  expect(server.sha256()).toBe(sha256(VIDEO));
});

function answer(status: number, headers: Record<string, string> = {}): Handler {
  return (_request, response) => void response.writeHead(status, headers).end('x');
}
