import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { parseUploadCheckpoint, type UploadCheckpoint } from '@greenroom/sdk';
import { resumeUpload, uploadVideo } from '@greenroom/sdk/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendJson, startServer } from '../support/server.ts';
import {
  CANARY,
  type Step,
  startUploadServer,
  type UploadServer,
} from '../support/upload-server.ts';
import type { UploadingProcessArguments } from '../support/uploading-process.ts';
import { makeVideo, sha256 } from '../support/video.ts';

const SIZE = 5_000_123;
const CHUNK = 1_000_000;
const PLAN = { video_size: SIZE, chunk_size: CHUNK, total_chunk_count: 5 };
const VIDEO = makeVideo(SIZE);
const PROCESS = fileURLToPath(new URL('../support/uploading-process.ts', import.meta.url));

const accept: Step = (turn) => turn.accept();
const allowUploadHost = (url: URL) => url.hostname === '127.0.0.1';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-resume-'));
  path = join(folder, 'video.mp4');
  await writeFile(path, VIDEO);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(told: UploadingProcessArguments): ChildProcess {
  const flags = ['--conditions=@greenroom/source', '--disable-warning=ExperimentalWarning'];
  return spawn(process.execPath, [...flags, PROCESS, JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function ranges(server: UploadServer): (string | undefined)[] {
  return server.puts.map(({ headers }) => headers.get('content-range')?.split(/[ /]/)[1]);
}

describe('when the process that uploads is killed with kill -9', () => {
  test.each([
    {
      moment: 'in the middle of the third chunk',
      act: async () => undefined,
      accepted: 2,
      sentBySecond: ['2000000-2999999', '3000000-3999999', '4000000-5000122'],
      settledBy: 'answer',
    },
    {
      moment: 'when the third chunk has arrived, before its answer',
      act: (async (turn) => {
        await turn.complete;
        turn.keep();
      }) satisfies Step,
      accepted: 2,
      sentBySecond: ['3000000-3999999', '4000000-5000122'],
      settledBy: 'answer',
    },
    {
      moment: 'when the last chunk has arrived, before its answer',
      act: (async (turn) => {
        await turn.complete;
        turn.keep();
      }) satisfies Step,
      accepted: 4,
      sentBySecond: [],
      settledBy: 'status',
    },
  ])('$moment, another one goes on from there', async (row) => {
    let kill: () => void = () => undefined;
    const killed: Step = async (turn) => {
      await expect.poll(() => turn.put.received).toBeGreaterThan(0);
      await row.act(turn);
      kill();
    };
    await using server = await startUploadServer([...Array(row.accepted).fill(accept), killed]);
    await using status = await startServer((response) =>
      sendJson(response, 200, { status: 'PROCESSING_UPLOAD', uploaded_bytes: server.progress() }),
    );
    const checkpointPath = join(folder, 'checkpoint.json');
    const { uploadUrl } = server;
    const told = { uploadUrl, statusUrl: status.url, path, checkpointPath, plan: PLAN };

    const first = start(told);
    kill = () => void first.kill('SIGKILL');
    const [, signal] = await once(first, 'exit');
    expect(signal).toBe('SIGKILL');
    const sentByFirst = server.puts.length;
    const stored = parseUploadCheckpoint(JSON.parse(await readFile(checkpointPath, 'utf8')));
    expect(stored).toMatchObject({ ...PLAN, uploaded_bytes: row.accepted * CHUNK });

    const second = start(told);
    if (second.stdout === null) throw new Error('the process has no stdout');
    const result: unknown = JSON.parse(await text(second.stdout));
    expect(result).toEqual({ bytes: SIZE, retries: 0, settledBy: row.settledBy });
    expect(ranges(server).slice(sentByFirst)).toEqual(row.sentBySecond);
    expect(server.sha256()).toBe(sha256(VIDEO));
  });
});

/** Uploads two chunks and gives the checkpoint that is left. */
async function interrupt(server: UploadServer): Promise<UploadCheckpoint> {
  const checkpoints: UploadCheckpoint[] = [];
  const onCheckpoint = (checkpoint: UploadCheckpoint) => void checkpoints.push(checkpoint);
  const { uploadUrl } = server;
  const options = { uploadUrl, source: path, plan: PLAN, onCheckpoint, allowUploadHost };
  await expect(uploadVideo({ ...options, maxRetries: 0 })).rejects.toMatchObject({ status: 500 });
  expect(checkpoints.map((checkpoint) => checkpoint.uploaded_bytes)).toEqual([0, CHUNK, 2 * CHUNK]);
  const last = checkpoints.at(-1);
  if (last === undefined) throw new Error('there is no checkpoint');
  return last;
}

const fail: Step = async (turn) => {
  await turn.complete;
  turn.reply(500);
};

test('a checkpoint is plain JSON, and does not show its URL when it is printed', async () => {
  await using server = await startUploadServer([accept, accept, fail]);
  const checkpoint = await interrupt(server);
  expect(JSON.parse(JSON.stringify(checkpoint))).toEqual({
    version: 1,
    upload_url: server.uploadUrl,
    ...PLAN,
    content_type: 'video/mp4',
    uploaded_bytes: 2 * CHUNK,
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    source_fingerprint: expect.stringMatching(/^5000123:\d+$/),
  });
  for (const shown of [inspect(checkpoint), inspect({ checkpoint }), inspect([checkpoint])]) {
    expect(shown).not.toContain(CANARY);
    expect(shown).toContain('[redacted]');
  }
  expect(inspect(parseUploadCheckpoint(JSON.parse(JSON.stringify(checkpoint))))).not.toContain(
    CANARY,
  );
});

test('a status that says nothing leaves the checkpoint to tell where to go on', async () => {
  await using server = await startUploadServer([accept, accept, fail]);
  const checkpoint = await interrupt(server);
  const fetchStatus = async () => ({ status: 'PROCESSING_UPLOAD' });
  const result = await resumeUpload({ checkpoint, source: path, fetchStatus, allowUploadHost });
  expect(result).toMatchObject({ settledBy: 'answer' });
  expect(server.sha256()).toBe(sha256(VIDEO));
});

test.each([
  { change: 'has grown', act: () => appendFile(path, 'x') },
  { change: 'was changed', act: () => utimes(path, new Date(0), new Date(0)) },
])('a file that $change since is refused before anything is sent', async ({ act }) => {
  await using server = await startUploadServer([accept, accept, fail]);
  const checkpoint = await interrupt(server);
  await act();
  const fetchStatus = async () => ({ status: 'PROCESSING_UPLOAD' });
  await expect(
    resumeUpload({ checkpoint, source: path, fetchStatus, allowUploadHost }),
  ).rejects.toMatchObject({ code: 'source_changed' });
  expect(server.puts).toHaveLength(3);
});

test('nothing is sent after the hour, to a failed post, or without a status', async () => {
  await using server = await startUploadServer([accept, accept, fail]);
  const checkpoint = await interrupt(server);
  const options = { checkpoint, source: path, allowUploadHost };
  const inAnHour = new Date(Date.now() + 3_601_000);
  const fetchStatus = async () => ({ status: 'PROCESSING_UPLOAD', uploaded_bytes: 2 * CHUNK });
  await expect(
    resumeUpload({ ...options, fetchStatus, clock: () => inAnHour }),
  ).rejects.toMatchObject({ code: 'upload_url_expired' });
  const broken = () => Promise.reject(new Error('no network'));
  for (const clock of [() => new Date(), () => inAnHour]) {
    const failing = resumeUpload({ ...options, fetchStatus: broken, clock });
    await expect(failing).rejects.toThrow('no network');
  }
  await expect(
    resumeUpload({ ...options, fetchStatus: async () => ({ status: 'FAILED' }) }),
  ).rejects.toMatchObject({ code: 'upload_task_failed' });
  expect(server.puts).toHaveLength(3);
});

test.each([
  { what: 'nothing', change: null },
  { what: 'a text', change: 'checkpoint' },
  { what: 'another version', change: { version: 2 } },
  { what: 'no URL', change: { upload_url: undefined } },
  {
    what: 'a foreign URL',
    change: { upload_url: 'https://evil.example/' },
    code: 'upload_host_refused',
  },
  { what: 'another type', change: { content_type: 'image/png' } },
  { what: 'no date', change: { expires_at: 'soon' } },
  { what: 'a number as fingerprint', change: { source_fingerprint: 5 } },
  { what: 'more bytes than there are', change: { uploaded_bytes: SIZE + 1 } },
  { what: 'fewer bytes than none', change: { uploaded_bytes: -1 } },
  { what: 'half a byte', change: { chunk_size: 1.5 } },
  { what: 'empty chunks', change: { chunk_size: 0 } },
  { what: 'no chunks', change: { total_chunk_count: 0 } },
  { what: 'another plan', change: { total_chunk_count: 4 }, code: 'chunk_plan_invalid' },
])('a checkpoint with $what is refused', async ({ change, code = 'checkpoint_invalid' }) => {
  await using server = await startUploadServer([accept, accept, fail]);
  const whole = await interrupt(server);
  const changed: unknown =
    typeof change === 'object' && change !== null ? { ...whole, ...change } : change;
  const fetchStatus = async () => ({ status: 'PROCESSING_UPLOAD' });
  // As it would come from a store that was tampered with.
  const checkpoint = changed as UploadCheckpoint;
  const options = { source: path, fetchStatus, allowUploadHost };
  await expect(resumeUpload({ ...options, checkpoint })).rejects.toMatchObject({ code });
  expect(server.puts).toHaveLength(3);
});
