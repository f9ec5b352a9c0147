import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { padVideo, writeLargeVideo } from '../demo/large-video.ts';

const demo = join(import.meta.dirname, '../demo/media/greenroom-demo.mp4');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-large-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([700_000, 9_000_000])(
  'a video of %i bytes is exactly that long and walks box by box',
  async (size) => {
    const path = join(folder, 'large.mp4');
    await writeLargeVideo(path, size, demo);
    expect((await stat(path)).size).toBe(size);
    const bytes = await readFile(path);
    expect(boxTypes(bytes)).toEqual([...boxTypes(await readFile(demo)), 'free']);
  },
);

test('padding in memory gives the same boxes', async () => {
  const video = await readFile(demo);
  const padded = padVideo(video, video.length + 16);
  expect(padded.length).toBe(video.length + 16);
  expect(boxTypes(padded).at(-1)).toBe('free');
});

test('a size below the video is refused', async () => {
  await expect(writeLargeVideo(join(folder, 'x.mp4'), 1000, demo)).rejects.toThrow(RangeError);
});

test('no memory is needed for a large one', { timeout: 60_000 }, () => {
  const script = `
    const { writeLargeVideo } = await import(${JSON.stringify(join(import.meta.dirname, '../demo/large-video.ts'))});
    await writeLargeVideo(${JSON.stringify(join(folder, 'l.mp4'))}, 500_000_000, ${JSON.stringify(demo)});
    console.log(process.resourceUsage().maxRSS * 1024);`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(Number(out)).toBeLessThan(200_000_000);
});

/** Names of the boxes at the top of an MP4; throws when one runs over the end. */
function boxTypes(bytes: Buffer): string[] {
  const types: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt32BE(at);
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    types.push(bytes.toString('latin1', at + 4, at + 8));
    at += size;
    if (size < 8 || at > bytes.length) throw new Error('a box runs over the end');
  }
  return types;
}
