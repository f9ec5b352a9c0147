import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@greenroom/emulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCodeFences } from './support/code-fences.ts';

const guide = join(import.meta.dirname, '../../docs/emulator.md');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-seed-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the seed of the guide starts an emulator with what it says', async () => {
  const [fence] = readCodeFences(guide).filter(({ language }) => language === 'yaml');
  const seed = join(folder, 'seed.yaml');
  await writeFile(seed, fence?.code ?? '');
  await using tiktok = await startEmulator({ seed });
  const { clock, settings } = await tiktok.control.getState();
  expect(clock).toMatchObject({ now: '2026-12-01T09:00:00.000Z', frozen: true });
  expect(settings).toMatchObject({ moderation: 'manual', daily_post_cap: 3 });
  const { creators } = await tiktok.control.listCreators();
  expect(creators.map(({ username }) => username)).toContain('ada');
});

test('the guide lists every setting with its default', async () => {
  await using tiktok = await startEmulator();
  const { settings } = await tiktok.control.getState();
  const [table = ''] = /^\| setting \|[\s\S]*?\n\n/m.exec(await readFile(guide, 'utf8')) ?? [];
  for (const name of Object.keys(settings)) expect(table, name).toContain(`\`${name}\``);
});
