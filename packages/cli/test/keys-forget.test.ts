import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli as runInProcess } from '../src/program.ts';
import { runCli, startCli } from './support/run-cli.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-forget-'));
  env = { GREENROOM_DATA: join(folder, 'data'), GREENROOM_PORT: '0', LOG_LEVEL: 'silent' };
  await serveOnce();
  await rename(join(folder, 'data', 'master.key'), join(folder, 'master.key'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function serveOnce(): Promise<void> {
  await using server = startCli(['serve', '--json'], { env });
  await vi.waitFor(() => expect(server.stdout()).toMatch(/\n$/), { timeout: 60_000 });
}

/** Runs `greenroom keys forget` for a person who answers with these keys. */
async function forget(keys: string): Promise<{ readonly code: number; readonly shown: string }> {
  const typed = new PassThrough();
  const stdin = Object.assign(typed, { isTTY: true, setRawMode: () => typed });
  let shown = '';
  const collect = (chunk: Buffer) => {
    shown += chunk.toString();
  };
  const stderr = new PassThrough().on('data', collect);
  const stdout = new PassThrough().on('data', collect);
  const ended = runInProcess(['keys', 'forget'], { env, stdin, stdout, stderr });
  await vi.waitFor(() => expect(shown).toContain('would still open it'), { timeout: 60_000 });
  typed.write(keys);
  return { code: await ended, shown };
}

test('on a terminal it asks, does nothing by itself, and then makes way for a new key', async () => {
  const refused = await runCli(['serve', '--json'], { env });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('keys forget') });
  expect(await forget('\r')).toMatchObject({
    code: 1,
    shown: expect.stringContaining('Nothing was changed'),
  });
  expect(await forget('y')).toMatchObject({
    code: 0,
    shown: expect.stringContaining('Nothing is sealed under the master key'),
  });
  await serveOnce();
  const key = await readFile(join(folder, 'data', 'master.key'), 'utf8');
  expect(key).not.toBe(await readFile(join(folder, 'master.key'), 'utf8'));
});
