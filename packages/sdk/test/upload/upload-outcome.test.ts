import {
  blobSource,
  fetchSender,
  resumeUpload,
  type UploadCheckpoint,
  type UploadOptions,
  type UploadResult,
  type UploadStatus,
  uploadVideo,
} from '@greenroom/sdk';
import { describe, expect, test } from 'vitest';
import { type Step, startUploadServer, type UploadServer } from '../support/upload-server.ts';
import { makeVideo } from '../support/video.ts';

// What is told of an upload of which TikTok may have all bytes: it must never invite a second post.

const SIZE = 3_123;
const PLAN = { video_size: SIZE, chunk_size: 1_000, total_chunk_count: 3 };
const NOW = new Date('2026-11-20T12:00:00Z');

const accept: Step = (turn) => turn.accept();
const keep: Step = async (turn) => {
  await turn.complete;
  turn.keep();
};
const cut: Step = async (turn) => {
  await turn.complete;
  turn.socket.resetAndDestroy();
};
const answer =
  (status: number, headers?: Record<string, string>): Step =>
  async (turn) => {
    await turn.complete;
    turn.reply(status, headers);
  };

const COMPLETE: UploadStatus = { status: 'PUBLISH_COMPLETE' };
const MISSING: UploadStatus = { status: 'PROCESSING_UPLOAD', uploaded_bytes: 2_000 };

/** Answers one status after the other, the last one for ever. */
function statuses(...answers: UploadStatus[]): { fetchStatus: () => Promise<UploadStatus> } {
  let asked = 0;
  const fetchStatus = async () => {
    const status = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (status === undefined) throw new Error('no network');
    return status;
  };
  return { fetchStatus };
}

function upload(server: UploadServer, options: Partial<UploadOptions> = {}): Promise<UploadResult> {
  return uploadVideo({
    uploadUrl: server.uploadUrl,
    source: blobSource(new Blob([makeVideo(SIZE)])),
    plan: PLAN,
    sender: fetchSender({ body: 'stream' }),
    allowUploadHost: () => true,
    sleep: async () => undefined,
    ...options,
  });
}

describe('when the hour ends after the last byte has left', () => {
  const late = { clock: () => NOW, expiresAt: new Date(NOW.getTime() + 700) };

  test('the status tells that TikTok has all of it', async () => {
    await using server = await startUploadServer([accept, accept, keep]);
    const result = await upload(server, { ...late, ...statuses(COMPLETE) });
    expect(result).toMatchObject({ bytes: SIZE, settledBy: 'status' });
    expect(server.puts).toHaveLength(3);
  });

  test('the status tells that bytes are missing: only then it is over', async () => {
    await using server = await startUploadServer([accept, accept, () => undefined]);
    await expect(upload(server, { ...late, ...statuses(MISSING) })).rejects.toMatchObject({
      code: 'upload_url_expired',
    });
    expect(server.puts).toHaveLength(3);
  });

  test.each([
    { without: 'a way to ask', options: {} },
    { without: 'an answer', options: statuses() },
  ])('the outcome is unknown without $without', async ({ options }) => {
    await using server = await startUploadServer([accept, accept, keep]);
    await expect(upload(server, { ...late, ...options })).rejects.toMatchObject({
      code: 'upload_outcome_unknown',
      isRepeatSafe: false,
    });
  });
});

describe('an upload that is over, says the answer to a repeat of the last chunk', () => {
  test.each([{ status: 403 }, { status: 404 }])(
    '$status is settled by the status',
    async ({ status }) => {
      await using server = await startUploadServer([accept, accept, cut, answer(status)]);
      // The first status was read too early.
      const result = await upload(server, statuses(MISSING, COMPLETE));
      expect(result).toMatchObject({ bytes: SIZE, settledBy: 'status' });
    },
  );

  test('without a status the outcome is unknown', async () => {
    await using server = await startUploadServer([accept, accept, answer(502), answer(404)]);
    await expect(upload(server)).rejects.toMatchObject({
      code: 'upload_outcome_unknown',
      isRepeatSafe: false,
    });
  });

  test('and the hour that ends meanwhile is settled by the status, too', async () => {
    await using server = await startUploadServer([accept, accept, cut]);
    const options = { clock: () => NOW, expiresAt: new Date(NOW.getTime() + 700) };
    const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 900));
    const result = await upload(server, { ...options, ...statuses(MISSING, COMPLETE), sleep });
    expect(result).toMatchObject({ settledBy: 'status' });
    expect(server.puts).toHaveLength(3);
  });
});

describe('a success for the last chunk with the progress of another video', () => {
  const strange = answer(201, { 'content-range': 'bytes 0-4/5' });

  test('is settled by the status', async () => {
    await using server = await startUploadServer([accept, accept, strange]);
    const result = await upload(server, statuses(COMPLETE));
    expect(result).toMatchObject({ bytes: SIZE, settledBy: 'status' });
    expect(server.puts).toHaveLength(3);
  });

  test.each([
    { without: 'a way to ask', options: {} },
    { without: 'an answer', options: statuses() },
  ])('is not sent again without $without', async ({ options }) => {
    await using server = await startUploadServer([accept, accept, strange]);
    await expect(upload(server, options)).rejects.toMatchObject({
      code: 'upload_outcome_unknown',
      isRepeatSafe: false,
    });
    expect(server.puts).toHaveLength(3);
  });
});

describe('an upload that another process began', () => {
  async function interrupt(server: UploadServer): Promise<UploadCheckpoint> {
    const stored: UploadCheckpoint[] = [];
    const onCheckpoint = (checkpoint: UploadCheckpoint) => void stored.push(checkpoint);
    await expect(upload(server, { onCheckpoint, maxRetries: 0 })).rejects.toThrow();
    const [last] = stored.slice(-1);
    if (last === undefined) throw new Error('there is no checkpoint');
    return last;
  }

  function resume(
    checkpoint: UploadCheckpoint,
    ask: { fetchStatus: () => Promise<UploadStatus> },
    clock = () => new Date(),
  ): Promise<UploadResult> {
    const source = blobSource(new Blob([makeVideo(SIZE)]));
    const allowUploadHost = () => true;
    return resumeUpload({ checkpoint, source, allowUploadHost, clock, ...ask });
  }

  const afterTheHour = () => new Date(Date.now() + 3_601_000);

  test('is complete after the hour, too, if the status says so', async () => {
    await using server = await startUploadServer([accept, accept, answer(502)]);
    const checkpoint = await interrupt(server);
    const result = await resume(checkpoint, statuses(COMPLETE), afterTheHour);
    expect(result).toEqual({ bytes: SIZE, retries: 0, settledBy: 'status' });
    const whole = { ...checkpoint, uploaded_bytes: SIZE };
    await expect(resume(whole, statuses(), afterTheHour)).resolves.toMatchObject({ bytes: SIZE });
  });

  test('is over after the hour if bytes are missing', async () => {
    await using server = await startUploadServer([accept, accept, answer(502)]);
    const checkpoint = await interrupt(server);
    await expect(resume(checkpoint, statuses(MISSING), afterTheHour)).rejects.toMatchObject({
      code: 'upload_url_expired',
    });
    expect(server.puts).toHaveLength(3);
  });

  test('is settled by the status if its first chunk here is told that it is over', async () => {
    await using server = await startUploadServer([accept, accept, answer(502), answer(404)]);
    const checkpoint = await interrupt(server);
    const result = await resume(checkpoint, statuses(MISSING, COMPLETE));
    expect(result).toMatchObject({ settledBy: 'status' });
  });
});
