import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import {
  blobSource,
  type ChunkSender,
  rangeSource,
  TikTokError,
  type UploadOptions,
  type UploadResult,
  type UploadStatus,
  uploadVideo,
  type VideoSource,
} from '@greenroom/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SENDERS, STREAMING_SENDERS } from '../support/senders.ts';
import {
  CANARY,
  type Step,
  startUploadServer,
  type Turn,
  type UploadServer,
} from '../support/upload-server.ts';
import { makeVideo, sha256 } from '../support/video.ts';

const SIZE = 3_000_123;
const CHUNK = 1_000_000;
const PLAN = { video_size: SIZE, chunk_size: CHUNK, total_chunk_count: 3 };
const VIDEO = makeVideo(SIZE);

const PAGE = '<!doctype html><title>Please log in</title>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** Never answers; tells whether the connections that it was asked on are over. */
function makeHang(): { hang: Step; isOver: () => boolean } {
  const sockets: Socket[] = [];
  const hang: Step = ({ socket }) => void sockets.push(socket);
  // A pool may keep idle connections; the hanging ones have to be closed.
  return { hang, isOver: () => sockets.every((socket) => socket.destroyed) };
}

/** Cuts the connection with a reset, as a crashed proxy does. */
const reset: Step = ({ socket }) => void socket.resetAndDestroy();
const cutAfterHalf: Step = async ({ put, socket }) => {
  await expect.poll(() => put.received).toBeGreaterThan(0);
  socket.resetAndDestroy();
};
const refuse =
  (status: number, headers?: Record<string, string>, body?: string): Step =>
  async (turn) => {
    await turn.complete;
    turn.reply(status, headers, body);
  };
/** Takes the chunk, and then the answer is lost. */
const keepAndCut: Step = async (turn) => {
  await turn.complete;
  turn.keep();
  turn.socket.resetAndDestroy();
};
const accept: Step = (turn: Turn) => turn.accept();

function upload(
  server: UploadServer,
  sender: ChunkSender,
  options: Partial<UploadOptions> = {},
): Promise<UploadResult> {
  return uploadVideo({
    uploadUrl: server.uploadUrl,
    source: blobSource(new Blob([VIDEO])),
    plan: PLAN,
    sender,
    allowUploadHost: (url) => url.hostname === '127.0.0.1',
    sleep: async () => undefined,
    ...options,
  });
}

function statusOf(server: UploadServer): () => Promise<UploadStatus> {
  return async () => ({ status: 'PROCESSING_UPLOAD', uploaded_bytes: server.progress() });
}

let sender: ChunkSender;
afterEach(async () => {
  await sender.close?.();
});

describe.each(STREAMING_SENDERS)('$sender', ({ make }) => {
  beforeEach(() => {
    sender = make();
  });

  test.each([
    { status: 403, code: 'upload_url_expired' },
    { status: 404, code: 'upload_not_found' },
    { status: 400, code: 'upload_rejected' },
    { status: 200, code: 'upload_unexpected_answer' },
  ])('reads a $status that comes before the body is complete', async ({ status, code }) => {
    const hasten: Step = (turn) => {
      turn.socket.pause();
      turn.reply(status, { connection: 'close' });
      turn.socket.end();
    };
    await using server = await startUploadServer([hasten]);
    const source = endless(SIZE);
    const plan = { video_size: SIZE, chunk_size: SIZE, total_chunk_count: 1 };
    const options = { source: source.source, plan, contentType: 'video/mp4' } as const;
    await expect(upload(server, sender, options)).rejects.toMatchObject({ code, status });
    await expect.poll(() => source.open()).toBe(0);
  });

  test('lets go of a stream that an early answer made needless', async () => {
    const refuseAtOnce: Step = (turn) => turn.reply(403, { connection: 'close' });
    await using server = await startUploadServer([refuseAtOnce]);
    let open = 0;
    const source = rangeSource({
      size: SIZE,
      async *open() {
        open += 1;
        try {
          for (;;) {
            await new Promise((resolve) => setImmediate(resolve));
            yield new Uint8Array(10);
          }
        } finally {
          open -= 1;
        }
      },
    });
    const options = { source, contentType: 'video/mp4' } as const;
    await expect(upload(server, sender, options)).rejects.toMatchObject({ status: 403 });
    await expect.poll(() => open).toBe(0);
  });

  test('knows that nothing was sent where nobody listens', async () => {
    await using server = await startUploadServer();
    const uploadUrl = `http://127.0.0.1:1/upload?upload_token=${CANARY}`;
    const tiny = makeVideo(1000);
    const plan = { video_size: 1000, chunk_size: 1000, total_chunk_count: 1 };
    const source = blobSource(new Blob([tiny]));
    await expect(
      upload(server, sender, { uploadUrl, source, plan, maxRetries: 1 }),
    ).rejects.toMatchObject({ name: 'TikTokNetworkError', isRetryable: true });
  });

  test('keeps one connection for all chunks', async () => {
    await using server = await startUploadServer();
    await upload(server, sender);
    // undici opens another one when it likes to; Node's agent has no reason to.
    expect(server.connectionsMade()).toBeLessThanOrEqual(2);
  });
});

describe.each(SENDERS)('$sender', ({ make }) => {
  beforeEach(() => {
    sender = make();
  });

  test('sends three chunks with exactly the documented headers', async () => {
    await using server = await startUploadServer();
    const result = await upload(server, sender);

    expect(result).toEqual({ bytes: SIZE, retries: 0, settledBy: 'answer' });
    expect(server.sha256()).toBe(sha256(VIDEO));
    expect(
      server.puts.map(({ headers, received }) => [
        headers.get('content-type'),
        headers.get('content-length'),
        headers.get('content-range'),
        received,
      ]),
    ).toEqual([
      ['video/mp4', '1000000', 'bytes 0-999999/3000123', 1_000_000],
      ['video/mp4', '1000000', 'bytes 1000000-1999999/3000123', 1_000_000],
      ['video/mp4', '1000123', 'bytes 2000000-3000122/3000123', 1_000_123],
    ]);
    for (const { head, headers } of server.puts) {
      expect(head).toMatch(
        new RegExp(`^PUT /upload\\?upload_id=1&upload_token=${CANARY} HTTP/1.1`),
      );
      expect(head.match(/content-length/gi)).toHaveLength(1);
      expect(headers.has('transfer-encoding')).toBe(false);
      expect(headers.has('authorization')).toBe(false);
      expect(headers.has('expect')).toBe(false);
    }
  });

  test.each([
    { name: '200 for every chunk', statuses: [200, 200, 200] },
    { name: '206 for the last chunk, too', statuses: [206, 206, 206] },
    { name: '201 for every chunk', statuses: [201, 201, 201] },
  ])('takes $name', async ({ statuses }) => {
    await using server = await startUploadServer(statuses.map((status) => refuse(status)));
    await expect(upload(server, sender)).resolves.toMatchObject({ bytes: SIZE, retries: 0 });
    expect(server.puts).toHaveLength(3);
  });

  test.each([
    { reading: 'a count', stated: [1_000_000, 2_000_000, 3_000_123] },
    { reading: 'the last index', stated: [999_999, 1_999_999, 3_000_122] },
  ])('reads a progress that is $reading', async ({ stated }) => {
    await using server = await startUploadServer(
      stated.map((middle) => refuse(206, { 'content-range': `bytes 0-${middle}/${SIZE}` })),
    );
    await expect(upload(server, sender)).resolves.toMatchObject({ retries: 0 });
    expect(server.puts).toHaveLength(3);
  });

  test.each([
    { name: 'the connection is reset at once', step: reset },
    { name: 'the connection is reset in the middle of the body', step: cutAfterHalf },
    { name: 'a 500 comes', step: refuse(500) },
    { name: 'a 502 with an HTML page comes', step: refuse(502, HTML, PAGE) },
    { name: 'a 503 comes before the body is complete', step: (turn: Turn) => turn.reply(503) },
    { name: 'half a status line comes', step: halfAnswer },
    { name: 'no HTTP comes', step: noHttp },
  ])('sends a chunk again when $name', async ({ step }) => {
    await using server = await startUploadServer([accept, step, step]);
    const result = await upload(server, sender, { fetchStatus: statusOf(server) });
    expect(result).toMatchObject({ bytes: SIZE, retries: 2 });
    expect(server.sha256()).toBe(sha256(VIDEO));
    expect(server.puts).toHaveLength(5);
  });

  test('gives a chunk up after as many repeats as allowed, and says that it can be resumed', async () => {
    await using server = await startUploadServer([accept, ...Array(20).fill(refuse(500))]);
    const delays: number[] = [];
    const sleep = async (ms: number) => void delays.push(ms);
    const failed = upload(server, sender, { maxRetries: 3, sleep, random: () => 0.5 });
    await expect(failed).rejects.toMatchObject({
      code: 'upload_server_error',
      status: 500,
      isRepeatSafe: true,
      isRetryable: true,
    });
    expect(server.puts).toHaveLength(5);
    expect(delays).toEqual([250, 500, 1000]);
  });

  test('waits as long as Retry-After asks', async () => {
    await using server = await startUploadServer([refuse(503, { 'retry-after': '7' })]);
    const delays: number[] = [];
    await upload(server, sender, { sleep: async (ms) => void delays.push(ms) });
    expect(delays).toEqual([7000]);
  });

  test.each([
    { status: 400, code: 'upload_rejected' },
    { status: 403, code: 'upload_url_expired' },
    { status: 404, code: 'upload_not_found' },
    { status: 405, code: 'upload_rejected' },
    {
      status: 302,
      code: 'upload_redirected',
      headers: { location: 'http://127.0.0.1:1/elsewhere' },
    },
    { status: 307, code: 'upload_redirected', headers: { location: '/upload?again' } },
    { status: 200, code: 'upload_unexpected_answer', headers: HTML, body: PAGE },
    { status: 204, code: 'upload_unexpected_answer' },
  ])('stops at $status ($code) without a repeat', async ({ status, code, headers, body }) => {
    await using server = await startUploadServer([accept, refuse(status, headers, body)]);
    await expect(upload(server, sender)).rejects.toMatchObject({
      code,
      status,
      isRetryable: false,
    });
    expect(server.puts).toHaveLength(2);
  });

  test.each([
    { form: 'a count', stated: (progress: number) => `bytes 0-${progress}/${SIZE}` },
    { form: 'the last index', stated: (progress: number) => `bytes 0-${progress - 1}/${SIZE}` },
  ])('goes on where a 416 says that TikTok stands: $form', async ({ stated }) => {
    await using server = await startUploadServer([
      accept,
      // Kept, but the client does not learn it: its repeat is out of sync.
      async (turn) => {
        await turn.complete;
        turn.keep();
        turn.reply(500);
      },
      refuse(416, { 'content-range': stated(2 * CHUNK) }),
    ]);
    await expect(upload(server, sender)).resolves.toMatchObject({
      retries: 1,
      settledBy: 'answer',
    });
    expect(server.sha256()).toBe(sha256(VIDEO));
  });

  test('asks for the status where a 416 does not say where TikTok stands', async () => {
    await using server = await startUploadServer([
      accept,
      async (turn) => {
        await turn.complete;
        turn.keep();
        turn.reply(500);
      },
      refuse(416),
    ]);
    await upload(server, sender, { fetchStatus: statusOf(server) });
    expect(server.sha256()).toBe(sha256(VIDEO));
  });

  test('goes back where a 416 says that bytes are missing', async () => {
    await using server = await startUploadServer([
      // Confirmed, but not kept.
      refuse(206),
      refuse(416, { 'content-range': `bytes 0-0/${SIZE}` }),
    ]);
    await upload(server, sender);
    expect(server.sha256()).toBe(sha256(VIDEO));
    expect(server.puts).toHaveLength(5);
  });

  test('goes on in the middle of a chunk if that is where TikTok stands', async () => {
    await using server = await startUploadServer([
      accept,
      refuse(416, { 'content-range': `bytes 0-1500000/${SIZE}` }),
      refuse(206, { 'content-range': `bytes 0-${2 * CHUNK}/${SIZE}` }),
      refuse(201),
    ]);
    await upload(server, sender, {
      fetchStatus: async () => ({ status: 'PROCESSING_UPLOAD', uploaded_bytes: 1_500_000 }),
    });
    expect(server.puts.map(({ headers }) => headers.get('content-range'))).toEqual([
      'bytes 0-999999/3000123',
      'bytes 1000000-1999999/3000123',
      'bytes 1500000-1999999/3000123',
      'bytes 2000000-3000122/3000123',
    ]);
  });

  test('gives up when TikTok keeps contradicting itself', async () => {
    const contradict = Array(40).fill(refuse(416, { 'content-range': `bytes 0-0/${SIZE}` }));
    await using server = await startUploadServer([accept, ...contradict]);
    await expect(upload(server, sender)).rejects.toMatchObject({ code: 'upload_out_of_sync' });
    expect(server.puts.length).toBeLessThan(20);
  });

  test('refuses the progress of another video', async () => {
    const other = Array(9).fill(refuse(416, { 'content-range': 'bytes 0-2000000/77' }));
    await using server = await startUploadServer([accept, ...other]);
    await expect(upload(server, sender)).rejects.toMatchObject({ code: 'upload_out_of_sync' });
    expect(server.puts).toHaveLength(7);
  });

  describe('when the answer to the last chunk is lost', () => {
    test.each([
      { status: 'PROCESSING_UPLOAD', uploaded_bytes: SIZE },
      { status: 'PROCESSING_UPLOAD', uploaded_bytes: SIZE - 1 },
      { status: 'PUBLISH_COMPLETE' },
      { status: 'SEND_TO_USER_INBOX' },
      { status: 'FAILED' },
    ])('nothing is sent again if the status is $status $uploaded_bytes', async (status) => {
      await using server = await startUploadServer([accept, accept, keepAndCut]);
      const result = await upload(server, sender, { fetchStatus: async () => status });
      expect(result).toEqual({ bytes: SIZE, retries: 0, settledBy: 'status' });
      expect(server.puts).toHaveLength(3);
    });

    test('it is sent again only after the status said that it is missing', async () => {
      const cut: Step = async (turn) => {
        await turn.complete;
        turn.socket.resetAndDestroy();
      };
      await using server = await startUploadServer([accept, accept, cut]);
      const asked: number[] = [];
      const fetchStatus = async () => {
        asked.push(server.puts.length);
        return { status: 'PROCESSING_UPLOAD', uploaded_bytes: server.progress() };
      };
      await expect(upload(server, sender, { fetchStatus })).resolves.toMatchObject({ retries: 1 });
      expect(asked).toEqual([3]);
      expect(server.sha256()).toBe(sha256(VIDEO));
    });

    test('a 5xx is settled by the status, too', async () => {
      await using server = await startUploadServer([
        accept,
        accept,
        async (turn) => {
          await turn.complete;
          turn.keep();
          turn.reply(504);
        },
      ]);
      await expect(
        upload(server, sender, { fetchStatus: statusOf(server) }),
      ).resolves.toMatchObject({
        settledBy: 'status',
      });
      expect(server.puts).toHaveLength(3);
    });

    test.each([
      { without: 'a way to ask', fetchStatus: undefined },
      { without: 'an answer', fetchStatus: () => Promise.reject(new Error('no network')) },
      { without: 'a number', fetchStatus: async () => ({ status: 'PROCESSING_UPLOAD' }) },
    ])('the outcome is unknown without $without', async ({ fetchStatus }) => {
      await using server = await startUploadServer([accept, accept, keepAndCut]);
      await expect(upload(server, sender, { fetchStatus })).rejects.toMatchObject({
        code: 'upload_outcome_unknown',
        isRepeatSafe: false,
      });
      expect(server.puts).toHaveLength(3);
    });
  });

  test('goes on after a lost answer to another chunk without sending it twice', async () => {
    await using server = await startUploadServer([accept, keepAndCut]);
    await upload(server, sender, { fetchStatus: statusOf(server) });
    expect(server.sha256()).toBe(sha256(VIDEO));
    expect(server.puts).toHaveLength(3);
  });

  test('stops when the post has failed meanwhile', async () => {
    await using server = await startUploadServer([accept, keepAndCut]);
    const fetchStatus = async () => ({ status: 'FAILED' });
    await expect(upload(server, sender, { fetchStatus })).rejects.toMatchObject({
      code: 'upload_task_failed',
    });
    expect(server.puts).toHaveLength(2);
  });

  // A chunk that is sent whole gets time by its length: here that is 20 ms.
  const tiny = makeVideo(1000);
  const tinyUpload = {
    source: blobSource(new Blob([tiny])),
    plan: { video_size: 1000, chunk_size: 1000, total_chunk_count: 1 },
  };

  test('ends a connection that stands still, and tries again', async () => {
    const hang: Step = () => undefined;
    await using server = await startUploadServer([hang]);
    const options = { ...tinyUpload, idleTimeoutMs: 100, fetchStatus: statusOf(server) };
    await expect(upload(server, sender, options)).resolves.toMatchObject({ retries: 1 });
    expect(server.sha256()).toBe(sha256(tiny));
  });

  test('names a timeout when every connection stands still', async () => {
    const { hang, isOver } = makeHang();
    await using server = await startUploadServer([hang, hang]);
    const fetchStatus = statusOf(server);
    const options = { ...tinyUpload, idleTimeoutMs: 50, maxRetries: 1, fetchStatus };
    await expect(upload(server, sender, options)).rejects.toMatchObject({
      name: 'TikTokTimeoutError',
      isRetryable: true,
    });
    await expect.poll(isOver).toBe(true);
  });

  test('a source that hangs ends in a timeout, with nothing left open', async () => {
    const { hang, isOver } = makeHang();
    await using server = await startUploadServer([hang, hang]);
    const source = endless(SIZE);
    const options = { source: source.source, contentType: 'video/mp4', maxRetries: 1 } as const;
    await expect(upload(server, sender, { ...options, idleTimeoutMs: 50 })).rejects.toMatchObject({
      name: 'TikTokTimeoutError',
    });
    await expect.poll(() => source.open()).toBe(0);
    await expect.poll(isOver).toBe(true);
  });

  test.each([
    { name: 'longer', by: 1, code: 'source_too_long' },
    { name: 'much longer', by: 500_000, code: 'source_too_long' },
    { name: 'longer by a piece of its own', by: 1, size: CHUNK, code: 'source_too_long' },
    { name: 'shorter', by: -1, code: 'source_too_short' },
    { name: 'empty', by: -CHUNK, code: 'source_too_short' },
  ])('never completes a body that is $name than declared', async ({ by, size = 300_000, code }) => {
    await using server = await startUploadServer();
    const source = rangeSource({
      size: SIZE,
      open: (first, last) => pieces(first, last + by, size),
    });
    await expect(
      upload(server, sender, { source, contentType: 'video/mp4' }),
    ).rejects.toMatchObject({
      name: 'TikTokUploadError',
      code,
    });
    for (const put of server.puts) expect(put.received).toBeLessThan(CHUNK);
    expect(server.puts.length).toBeLessThanOrEqual(1);
  });

  test('tries again when the source fails, and names its failure in the end', async () => {
    await using server = await startUploadServer();
    let opened = 0;
    const source = rangeSource({
      size: SIZE,
      open: async (first, last) => {
        opened += 1;
        if (opened < 3) throw new Error('object storage is away');
        return pieces(first, last, 300_000);
      },
    });
    await upload(server, sender, { source, contentType: 'video/mp4' });
    expect(server.sha256()).toBe(sha256(VIDEO));

    const broken = rangeSource({
      size: SIZE,
      open: () => Promise.reject(new Error('object storage is away')),
    });
    await expect(
      upload(server, sender, { source: broken, contentType: 'video/mp4' }),
    ).rejects.toMatchObject({
      code: 'source_failed',
      cause: { message: 'object storage is away' },
    });
  });

  test('an abort ends the upload at once with its own reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { hang, isOver } = makeHang();
    const hangAndAbort: Step = (turn) => {
      void hang(turn);
      controller.abort(reason);
    };
    await using server = await startUploadServer([accept, hangAndAbort]);
    await expect(upload(server, sender, { signal: controller.signal })).rejects.toBe(reason);
    expect(server.puts).toHaveLength(2);
    await expect.poll(isOver).toBe(true);
  });

  test('the hour of the URL ends the upload, under way or before', async () => {
    await using server = await startUploadServer([accept, () => undefined]);
    const now = new Date('2026-11-20T12:00:00Z');
    const options = { clock: () => now };
    await expect(
      upload(server, sender, { ...options, expiresAt: new Date(now.getTime() + 300) }),
    ).rejects.toMatchObject({ code: 'upload_url_expired' });
    expect(server.puts).toHaveLength(2);
    await expect(upload(server, sender, { ...options, expiresAt: now })).rejects.toMatchObject({
      code: 'upload_url_expired',
    });
    expect(server.puts).toHaveLength(2);
  });

  test('a failing callback of the caller ends the upload instead of being repeated', async () => {
    await using server = await startUploadServer();
    const reason = new Error('full disk');
    const onProgress = () => {
      throw reason;
    };
    await expect(upload(server, sender, { onProgress })).rejects.toBe(reason);
    const onCheckpoint = () => Promise.reject(reason);
    await expect(upload(server, sender, { onCheckpoint })).rejects.toBe(reason);
    expect(server.puts.length).toBeLessThanOrEqual(1);
  });

  test('no error shows the upload URL', async () => {
    const steps = [refuse(403), refuse(302), refuse(200, HTML, PAGE), reset, noHttp, halfAnswer];
    for (const step of steps) {
      await using server = await startUploadServer(Array(3).fill(step));
      const error: unknown = await upload(server, sender, { maxRetries: 1 }).catch(
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(TikTokError);
      const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain(CANARY);
    }
    await using server = await startUploadServer();
    const uploadUrl = `http://127.0.0.1:1/upload?upload_token=${CANARY}`;
    const error: unknown = await upload(server, sender, { uploadUrl, maxRetries: 0 }).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ name: 'TikTokNetworkError' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(CANARY);
  });
});

function halfAnswer({ socket, complete }: Turn): Promise<void> {
  return complete.then(() => void socket.end('HTTP/1.1 20'));
}

function noHttp({ socket, complete }: Turn): Promise<void> {
  return complete.then(() => void socket.end('220 smtp.example.com ready\r\n\r\n'));
}

/** The bytes of a range, whatever its end, in pieces. */
async function* pieces(first: number, last: number, size: number): AsyncGenerator<Uint8Array> {
  const end = Math.max(first, last + 1);
  for (let at = first; at < end; at += size) {
    const piece = VIDEO.subarray(at, Math.min(at + size, end));
    const missing = Math.min(size, end - at) - piece.length;
    yield missing > 0 ? Buffer.concat([piece, Buffer.alloc(missing)]) : piece;
  }
}

/** A source that gives some bytes and then waits for ever; `open` counts what it still holds. */
function endless(size: number): { source: VideoSource; open: () => number } {
  let open = 0;
  const source = rangeSource({
    size,
    open: async function* (first, _last, signal) {
      open += 1;
      signal.addEventListener('abort', () => {
        open -= 1;
      });
      yield VIDEO.subarray(first, first + 100_000);
      yield VIDEO.subarray(first + 100_000, first + 200_000);
      await new Promise(() => undefined);
    },
  });
  return { source, open: () => open };
}
