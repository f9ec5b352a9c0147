import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from '@greenroom/emulator';
import { expect, test } from 'vitest';

const examples = join(import.meta.dirname, '../..');
const video = join(examples, 'demo/media/greenroom-demo.mp4');

test('a client in another language posts a video through the emulator', async () => {
  await using tiktok = await startEmulator();
  const { stdout } = await promisify(execFile)(join(examples, 'curl/post-a-video.sh'), [video], {
    env: { PATH: process.env['PATH'], TIKTOK_URL: tiktok.url },
  });
  expect(stdout).toMatch(/status PUBLISH_COMPLETE\n$/);
  const { posts } = await tiktok.control.listPosts();
  const sha256 = createHash('sha256').update(readFileSync(video)).digest('hex');
  expect(posts).toMatchObject([{ source: 'FILE_UPLOAD', status: 'PUBLISH_COMPLETE', sha256 }]);
  const { violations } = await tiktok.control.listViolations();
  expect(violations).toEqual([]);
});
