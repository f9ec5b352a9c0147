import { chmod, mkdtemp, open, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type PublishResult,
  publishPhotos,
  TikTokClient,
  type TikTokClientOptions,
  TikTokError,
} from '../../src/index.ts';
import { publishVideo } from '../../src/node/index.ts';
import { parseWebhook } from '../../src/webhooks/parse.ts';
import { verifyWebhook } from '../../src/webhooks/verify.ts';
import { openFiles } from '../support/open-files.ts';
import {
  CREATOR_INFO,
  cut,
  hang,
  ok,
  PHOTO_INIT,
  playTikTok,
  type Reply,
  raw,
  type Script,
  type ScriptedTikTok,
  STATUS,
  status,
  UPLOAD,
  unlimited,
  VIDEO_INIT,
} from './scripted-tiktok.ts';
import { readDemoVideo } from './videos.ts';

// Section 5 of the issue: what bad input gets. Real files, real servers, requests counted.

const postInfo = { privacy_level: 'SELF_ONLY' } as const;
const TWO_CHUNKS = 64_000_001;
let folder: string;
let video: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-bad-input-'));
  // So that a file in it, and not the folder, is what cannot be read.
  await chmod(folder, 0o755);
  video = await fileOf('video.mp4', readDemoVideo());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The demo video, made longer by a box that players skip, without writing its bytes. */
async function longVideo(name: string, size: number): Promise<string> {
  const bytes = readDemoVideo();
  const path = await fileOf(name, bytes);
  const box = Buffer.alloc(16);
  box.writeUInt32BE(1, 0);
  box.write('free', 4);
  box.writeBigUInt64BE(BigInt(size - bytes.byteLength), 8);
  const file = await open(path, 'r+');
  await file.write(box, 0, box.length, bytes.byteLength);
  await file.truncate(size);
  await file.close();
  return path;
}

function clientOf(tiktok: ScriptedTikTok, options: Partial<TikTokClientOptions> = {}) {
  const quick = { limiter: unlimited, random: () => 0 };
  return new TikTokClient({ accessToken: 'act.canary', baseUrl: tiktok.url, ...quick, ...options });
}

/** What a run ended with. */
type End = { readonly result?: PublishResult; readonly error?: unknown };

async function endOf(result: Promise<PublishResult>): Promise<End> {
  return result.then(
    (value) => ({ result: value }),
    (error: unknown) => ({ error }),
  );
}

function expectTypedError({ error }: End, expected: object): void {
  expect(error).toBeInstanceOf(TikTokError);
  expect(error).toMatchObject(expected);
  // It says what to do, in sentences, and nothing that is secret.
  expect(error).toHaveProperty('explanation', expect.stringMatching(/^\S.{20,}\.$/s));
  expect(JSON.stringify(error)).not.toContain('canary');
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

async function expectNothingOpen(tiktok: ScriptedTikTok, timersBefore: number): Promise<void> {
  await expect.poll(() => tiktok.openRequests(), { timeout: 5_000 }).toBe(0);
  await expect.poll(() => tiktok.openConnections(UPLOAD), { timeout: 5_000 }).toBe(0);
  await expect.poll(() => openFiles(folder), { timeout: 5_000 }).toBe(0);
  expect(timers()).toBeLessThanOrEqual(timersBefore);
}

/** Counts the requests that could make a post or move its bytes. */
const sent = (tiktok: ScriptedTikTok) => [
  tiktok.to(VIDEO_INIT).length + tiktok.to(PHOTO_INIT).length,
  tiktok.to(UPLOAD).length,
];

describe('a file that cannot be a video is refused before anything is sent', () => {
  const cases: Record<string, { make: () => Promise<string>; expected: object }> = {
    'an empty file': {
      make: () => fileOf('empty.mp4', ''),
      expected: { code: 'video_empty' },
    },
    'a missing file': {
      make: async () => join(folder, 'there-is-none.mp4'),
      expected: { code: 'source_missing' },
    },
    'a folder': {
      make: async () => folder,
      expected: { code: 'source_not_a_file' },
    },
    'a truncated file': {
      make: () => fileOf('cut.mp4', readDemoVideo().subarray(0, 300_000)),
      expected: { code: 'invalid_post', problems: [{ field: 'source', code: 'video_truncated' }] },
    },
    'a text with the name of a video': {
      make: () => fileOf('text.mp4', 'this is no video, whatever its name says'),
      expected: {
        code: 'invalid_post',
        problems: [{ field: 'source', code: 'video_type_unsupported' }],
      },
    },
    'a file over 4 GB': {
      make: async () => {
        const path = await fileOf('long.mp4', readDemoVideo());
        await truncate(path, 4_000_000_001);
        return path;
      },
      expected: { code: 'video_too_large' },
    },
  };

  test.each(Object.entries(cases))('%s', async (_name, { make, expected }) => {
    await using tiktok = await playTikTok();
    const before = timers();
    const source = await make();
    const end = await endOf(publishVideo(clientOf(tiktok), { source, postInfo }).result);
    expectTypedError(end, expected);
    expect(sent(tiktok)).toEqual([0, 0]);
    await expectNothingOpen(tiktok, before);
  });

  test('an unreadable file', async () => {
    await using tiktok = await playTikTok();
    const source = await fileOf('secret.mp4', readDemoVideo());
    await chmod(source, 0o000);
    const end = await withoutRoot(() =>
      endOf(publishVideo(clientOf(tiktok), { source, postInfo }).result),
    );
    expectTypedError(end, { code: 'source_unreadable', whoseMove: 'person' });
    expect(sent(tiktok)).toEqual([0, 0]);
  });
});

/** Root may read everything: it becomes nobody for a while. */
async function withoutRoot<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  const nobody = 65_534;
  process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a file that changes while it is uploaded', () => {
  test.each([
    { name: 'shrinks', change: (path: string) => truncate(path, 40_000_000) },
    { name: 'grows', change: (path: string) => truncate(path, TWO_CHUNKS + 5) },
    { name: 'is rewritten', change: (path: string) => utimes(path, new Date(0), new Date(0)) },
    { name: 'is removed', change: (path: string) => rm(path) },
  ])('$name: the last chunk never becomes whole', async ({ name, change }) => {
    await using tiktok = await playTikTok({
      [STATUS]: [status('PROCESSING_UPLOAD', '"uploaded_bytes":32000000')],
    });
    const before = timers();
    const source = await longVideo(`${name}.mp4`, TWO_CHUNKS);
    const run = publishVideo(
      clientOf(tiktok),
      { source, postInfo },
      {
        onCheckpoint: async ({ upload }) => {
          if (upload?.uploaded_bytes === 32_000_000) await change(source);
        },
      },
    );
    const end = await endOf(run.result);
    const code = name === 'is removed' ? 'source_missing' : 'source_changed';
    expectTypedError(end, { code });
    // The server keeps what came whole: the first chunk alone.
    const whole = tiktok.to(UPLOAD).map(({ headers }) => headers['content-range']);
    expect(whole).toEqual([`bytes 0-31999999/${TWO_CHUNKS}`]);
    expect(tiktok.to(VIDEO_INIT)).toHaveLength(1);
    expect(run.publishId).toBe('v_pub_file~v2-1.1');
    await expectNothingOpen(tiktok, before);
  });
});

test('a caption over the limit', async () => {
  await using tiktok = await playTikTok();
  const long = { ...postInfo, title: '🌅'.repeat(1101) };
  const end = await endOf(publishVideo(clientOf(tiktok), { source: video, postInfo: long }).result);
  expectTypedError(end, { code: 'invalid_post', problems: [{ field: 'title' }] });
  expect(sent(tiktok)).toEqual([0, 0]);
});

test.each([0, 36])('%i photos', async (count) => {
  await using tiktok = await playTikTok();
  const photoUrls = Array.from({ length: count }, () => 'https://media.example.com/1.jpg');
  const end = await endOf(publishPhotos(clientOf(tiktok), { postInfo, photoUrls }).result);
  expectTypedError(end, { code: 'invalid_post', problems: [{ field: 'photoUrls' }] });
  expect(sent(tiktok)).toEqual([0, 0]);
});

test.each([
  'https://open-upload.tiktokapis.com.evil.example/upload?upload_token=canary',
  'https://user@open-upload.tiktokapis.com/upload?upload_token=canary',
  'http://open-upload.tiktokapis.com/upload?upload_token=canary',
  'https://open-upload.tiktokapis.com:8443/upload?upload_token=canary',
  'file:///etc/passwd',
  'not a URL canary',
])('an upload_url of %s gets no byte', async (upload_url) => {
  await using tiktok = await playTikTok({ [VIDEO_INIT]: [ok({ publish_id: 'p1', upload_url })] });
  const before = timers();
  const end = await endOf(publishVideo(clientOf(tiktok), { source: video, postInfo }).result);
  expectTypedError(end, { name: 'TikTokUploadError', code: 'upload_host_refused' });
  expect(sent(tiktok)).toEqual([1, 0]);
  await expectNothingOpen(tiktok, before);
});

const HTML = '<!doctype html><html><body>Sign in to the network</body></html>';

/** Half of a JSON answer, with the length of the whole one. */
const half: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"data":{"publish_id":"p1","upl');
  setTimeout(() => response.destroy(), 20);
};

interface BadAnswer {
  /** Deadline of a request, where only that ends it. */
  readonly timeoutMs?: number;
  readonly answer: (elsewhere: string) => Reply;
  /** Code of the error at a call of the API. */
  readonly code: string;
}

const BAD_ANSWERS: Record<string, BadAnswer> = {
  'an HTML page': {
    answer: () => raw(200, HTML, { 'content-type': 'text/html' }),
    code: 'answer_not_json',
  },
  'an empty answer': { answer: () => raw(200, ''), code: 'answer_empty' },
  'half an answer': { answer: () => half, code: 'answer_truncated' },
  'a redirect': {
    answer: (elsewhere) => raw(307, '', { location: elsewhere }),
    code: 'redirect_refused',
  },
  'a hung socket': { answer: () => hang, code: 'timeout', timeoutMs: 700 },
};
const badAnswers = Object.entries(BAD_ANSWERS).map(([name, bad]) => ({ name, ...bad }));

/** Publishes where one path gives a bad answer; whoever is redirected to must hear nothing. */
async function publishAgainst(
  path: string,
  { answer, timeoutMs }: BadAnswer,
  check: (end: End, tiktok: ScriptedTikTok) => void | Promise<void>,
  more: Script = {},
) {
  await using elsewhere = await playTikTok();
  await using tiktok = await playTikTok({ ...more, [path]: [answer(elsewhere.url)] });
  const before = timers();
  const request = { source: video, postInfo };
  const options = { followTimeoutMs: 900 };
  const end = await endOf(publishVideo(clientOf(tiktok, { timeoutMs }), request, options).result);
  await check(end, tiktok);
  expect(elsewhere.received).toHaveLength(0);
  await expectNothingOpen(tiktok, before);
}

describe.each(badAnswers)('$name', (bad) => {
  test('to creator info: asked again at most three times, then an error; nothing sent', () =>
    publishAgainst(CREATOR_INFO, bad, (end, tiktok) => {
      expectTypedError(end, { code: bad.code });
      expect(tiktok.to(CREATOR_INFO).length).toBeLessThanOrEqual(4);
      expect(sent(tiktok)).toEqual([0, 0]);
    }));

  test('to the init: an unclear end, and no second init', () =>
    publishAgainst(VIDEO_INIT, bad, (end, tiktok) => {
      expectTypedError(end, { code: 'init_unclear' });
      expect(end.error).toHaveProperty('cause.message', expect.stringMatching(/\S/));
      expect(sent(tiktok)).toEqual([1, 0]);
    }));

  test('to the status: the post is under way, not failed, and nothing is sent again', () =>
    publishAgainst(STATUS, bad, (end, tiktok) => {
      expect(end.result).toMatchObject({ status: 'processing', publishId: 'v_pub_file~v2-1.1' });
      expect(sent(tiktok)).toEqual([1, 1]);
    }));
});

describe('to the last chunk', () => {
  const size = readDemoVideo().byteLength;
  const everything = [
    status('PROCESSING_UPLOAD', `"uploaded_bytes":${size}`),
    status('PUBLISH_COMPLETE'),
  ];
  const nothing = [status('PROCESSING_UPLOAD', '"uploaded_bytes":0')];

  test.each([
    { name: 'a hung socket', answer: hang },
    { name: 'half an answer', answer: halfAnswer },
    { name: 'a cut connection', answer: cut },
    { name: 'a 502 of a gateway', answer: raw(502, HTML) },
  ])('$name, and TikTok has it: settled by status, never sent again', async ({ answer }) => {
    await using tiktok = await playTikTok({ [UPLOAD]: [answer], [STATUS]: everything });
    const before = timers();
    const options = { idleTimeoutMs: 1_000 };
    const run = publishVideo(clientOf(tiktok), { source: video, postInfo }, options);
    expect(await endOf(run.result)).toMatchObject({ result: { status: 'published' } });
    expect(sent(tiktok)).toEqual([1, 1]);
    await expectNothingOpen(tiktok, before);
  });

  test.each([
    { name: 'a redirect', code: 'upload_redirected', answer: BAD_ANSWERS['a redirect'] },
    {
      name: 'a page of a proxy',
      code: 'upload_unexpected_answer',
      answer: BAD_ANSWERS['an HTML page'],
    },
  ])('$name, and TikTok has nothing: a typed error, and no second post', ({ code, answer }) =>
    publishAgainst(
      UPLOAD,
      answer ?? expect.unreachable(),
      (end, tiktok) => {
        expectTypedError(end, { name: 'TikTokUploadError', code });
        expect(tiktok.to(VIDEO_INIT)).toHaveLength(1);
      },
      { [STATUS]: nothing },
    ),
  );
});

/** Begins an answer and cuts it within its first line. */
function halfAnswer(...[response]: Parameters<Reply>): void {
  response.socket?.write('HTTP/1.1 201 Cre');
  response.socket?.destroySoon();
}

describe('a malformed webhook', () => {
  const clientSecret = 'test_client_secret';
  const clock = () => new Date(1_763_700_000_000);
  test.each([
    { name: 'no signature', signature: null, body: '{}', code: 'webhook_signature_malformed' },
    {
      name: 'a signature of another form',
      signature: 'sha256=abc',
      body: '{}',
      code: 'webhook_signature_malformed',
    },
    {
      name: 'a wrong signature',
      signature: `t=1763700000,s=${'0'.repeat(64)}`,
      body: '{}',
      code: 'webhook_signature_mismatch',
    },
  ])('$name', async ({ signature, body, code }) => {
    const checking = verifyWebhook({
      rawBody: body,
      signatureHeader: signature,
      clientSecret,
      clock,
    });
    const end = await checking.then(
      () => ({}),
      (error: unknown) => ({ error }),
    );
    expectTypedError(end, { name: 'TikTokWebhookSignatureError', code });
  });

  test.each(['', 'not JSON', '[]', 'null', '{"event":1}', '{"event":"x","content":"{"}'])(
    'a body of %j',
    (body) => {
      let error: unknown;
      try {
        parseWebhook(body);
      } catch (thrown) {
        error = thrown;
      }
      expectTypedError({ error }, { code: 'webhook_body_malformed' });
    },
  );
});
