import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type PublishEvent, PublishRun } from '../../src/index.ts';

const RESULT = { status: 'in_inbox', publishId: 'p1' } as const;
const upload = (bytesSent: number): PublishEvent => ({
  type: 'upload',
  bytesSent,
  bytesTotal: 100,
  bytesPerSecond: 0,
  timeLeftMs: undefined,
});

async function read(run: PublishRun): Promise<PublishEvent[]> {
  const events: PublishEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** Collects rejections that nobody handled, while `act` runs and a moment after. */
async function unhandledDuring(act: () => Promise<unknown>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  await act();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  return unhandled;
}

test('every reader gets every event, whenever it begins', async () => {
  const run = new PublishRun(async ({ emit }) => {
    emit({ type: 'validated' });
    await Promise.resolve();
    emit(upload(1));
    return RESULT;
  });
  const early = read(run);
  await run.result;
  const expected = [{ type: 'validated' }, upload(1), { type: 'done', result: RESULT }];
  expect(await early).toEqual(expected);
  expect(await read(run)).toEqual(expected);
});

test('keeps only the newest progress while nobody reads', async () => {
  const run = new PublishRun(async ({ emit }) => {
    for (let sent = 1; sent <= 100; sent += 1) emit(upload(sent));
    emit({ type: 'status', status: 'PUBLISH_COMPLETE', bytesReceived: 100 });
    return RESULT;
  });
  await run.result;
  expect((await read(run)).map(({ type }) => type)).toEqual(['upload', 'status', 'done']);
  expect((await read(run))[0]).toEqual(upload(100));
});

test('tells a reader in time of every progress', async () => {
  let tell: ((event: PublishEvent) => void) | undefined;
  let finish: (() => void) | undefined;
  const run = new PublishRun(async ({ emit }) => {
    tell = emit;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return RESULT;
  });
  const seen: PublishEvent[] = [];
  for (const sent of [1, 2, 3]) {
    tell?.(upload(sent));
    for await (const event of run) {
      seen.push(event);
      break;
    }
  }
  finish?.();
  await run.result;
  expect(seen).toEqual([upload(1), upload(2), upload(3)]);
});

test('fails for who reads and for who awaits, and crashes neither', async () => {
  const failure = new Error('no');
  const make = () =>
    new PublishRun(async ({ emit }) => {
      emit({ type: 'validated' });
      throw failure;
    });
  const unhandled = await unhandledDuring(async () => {
    await expect(read(make())).rejects.toBe(failure);
    await expect(make().result).rejects.toBe(failure);
    make();
  });
  expect(unhandled).toEqual([]);
});

test('waits for a checkpoint to be stored, and ends with what that throws', async () => {
  const steps: string[] = [];
  const checkpoint = { version: 1, publishId: 'p1', mediaType: 'video' } as const;
  const run = new PublishRun(
    async (reporter) => {
      await reporter.checkpoint(checkpoint);
      steps.push('went on');
      return RESULT;
    },
    {
      onCheckpoint: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        steps.push('stored');
      },
    },
  );
  expect(run.publishId).toBe('p1');
  await run.result;
  expect(steps).toEqual(['stored', 'went on']);
  const full = new Error('disk full');
  const failing = new PublishRun(
    async (reporter) => {
      await reporter.checkpoint(checkpoint);
      return RESULT;
    },
    { onCheckpoint: () => Promise.reject(full) },
  );
  await expect(failing.result).rejects.toBe(full);
});

test('can be stopped while a checkpoint is stored for ever', async () => {
  const controller = new AbortController();
  const run = new PublishRun(
    async (reporter) => {
      await reporter.checkpoint({ version: 1, publishId: 'p1', mediaType: 'video' });
      return RESULT;
    },
    { onCheckpoint: () => new Promise(() => {}), signal: controller.signal },
  );
  const reason = new Error('the user left');
  controller.abort(reason);
  await expect(run.result).rejects.toBe(reason);
  expect(run.checkpoint?.publishId).toBe('p1');
}, 2_000);

test('shows no secret of its checkpoint when it is printed', async () => {
  const run = new PublishRun(async (reporter) => {
    const upload_url = 'https://open-upload.tiktokapis.com/upload?upload_token=canary';
    const upload = {
      version: 1,
      upload_url,
      content_type: 'video/mp4',
      uploaded_bytes: 0,
      expires_at: '2026-11-20T00:00:00Z',
      source_fingerprint: null,
      video_size: 1,
      chunk_size: 1,
      total_chunk_count: 1,
    } as const;
    await reporter.checkpoint({ version: 1, publishId: 'p1', mediaType: 'video', upload });
    return RESULT;
  });
  await run.result;
  const printed = `${inspect(run, { depth: 9, showHidden: true })} ${JSON.stringify(run)}`;
  expect(printed).not.toContain('canary');
  expect(run.checkpoint?.upload?.upload_url).toContain('canary');
});
