import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from '@greenroom/emulator';
import { expect, test } from 'vitest';
import { readCodeFences } from '../support/code-fences.ts';

const guide = join(import.meta.dirname, '../../../docs/emulator.md');
const blocks = readCodeFences(guide).filter(({ code }) => code.includes('curl '));

test.each(blocks)('the commands at $place do what they say', async ({ code }) => {
  await using tiktok = await startEmulator();
  await tiktok.control.putApp('audited', { webhook_url: 'http://127.0.0.1:9/' });
  const script = code.replaceAll('localhost:8085', `127.0.0.1:${tiktok.port}`);
  const { stdout } = await promisify(execFile)('bash', [
    '-euc',
    script.replaceAll('curl -s', 'curl -sS --fail-with-body'),
  ]);
  expect(stdout).not.toContain('"error":{"message"');
});

test('the guide shows commands', () => expect(blocks.length).toBeGreaterThan(2));
