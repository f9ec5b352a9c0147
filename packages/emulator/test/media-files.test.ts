import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { createMediaProber } from '../src/media/media-prober.ts';
import { checkPhoto, checkVideo } from '../src/media/media-rules.ts';
import type { MediaSource, VideoProbe } from '../src/media/probe.ts';

interface MediaFile {
  readonly file: string;
  readonly kind: 'video' | 'photo';
  readonly property: string;
  readonly value: string;
  readonly fail_reason: string | null;
  readonly differs_from?: string;
  readonly max_duration_sec?: number;
}

const folder = new URL('./media/', import.meta.url);
// The file is ours, and the first test below holds it to the folder.
const { files } = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as {
  files: MediaFile[];
};

const prober = createMediaProber();
afterAll(() => prober.close());

async function failReasonOf(row: MediaFile, source: MediaSource): Promise<string | null> {
  const failure =
    row.kind === 'photo'
      ? checkPhoto(await prober.probePhoto(source))
      : checkVideo(await prober.probeVideo(source), {
          maxDurationSec: row.max_duration_sec ?? 600,
        });
  return failure?.failReason ?? null;
}

function pathOf(file: string): string {
  return new URL(file, folder).pathname;
}

describe('the media files', () => {
  test('are all in the index, and small', () => {
    const names = readdirSync(folder).filter((name) => name !== 'index.json');
    expect(files.map(({ file }) => file).toSorted()).toEqual(names.toSorted());
    const sizes = names.map((name) => statSync(new URL(name, folder)).size);
    expect(Math.max(...sizes)).toBeLessThan(60_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000);
  });

  test('name a passing file for each that fails in one property', () => {
    const passing = files.filter((row) => row.fail_reason === null).map(({ file }) => file);
    const compared = files.filter((row) => row.differs_from !== undefined);
    expect(compared.length).toBeGreaterThan(15);
    for (const { differs_from } of compared) expect(passing).toContain(differs_from);
  });

  test.each(files)('$file ($property: $value) ends as $fail_reason', async (row) => {
    expect(await failReasonOf(row, { path: pathOf(row.file) })).toBe(row.fail_reason);
    const bytes = await readFile(pathOf(row.file));
    expect(await failReasonOf(row, { bytes }), 'from memory').toBe(row.fail_reason);
  });
});

describe('a probe', () => {
  test.each<[string, Partial<VideoProbe>]>([
    ['pass.mp4', { container: 'mp4', codec: 'avc', width: 360, height: 640 }],
    ['pass.mov', { container: 'mov', codec: 'avc' }],
    ['pass-vp9.webm', { container: 'webm', codec: 'vp9' }],
    ['pass-h265.mp4', { container: 'mp4', codec: 'hevc' }],
    ['container-matroska.mkv', { container: 'matroska', codec: 'avc' }],
    ['codec-mpeg4-part-2.mp4', { container: 'mp4', codec: 'mp4v' }],
    ['picture-rotated.mp4', { width: 360, height: 640 }],
    ['pass-fragmented.mp4', { durationSec: 1, frameRate: 30 }],
    ['duration-61.mp4', { durationSec: 61, frameRate: 30 }],
  ])('of %s says %o', async (file, expected) => {
    const probe = await prober.probeVideo({ path: pathOf(file) });
    expect(probe).toMatchObject({ readable: true, ...expected });
  });

  test('takes the average of a variable frame rate', async () => {
    const probe = await prober.probeVideo({ path: pathOf('frame-rate-variable.mp4') });
    expect(probe).toMatchObject({ frameRate: expect.closeTo(51.6, 1) });
  });

  test('of the demo video says what the demo shows', async () => {
    const path = new URL('../../../examples/demo/media/greenroom-demo.mp4', import.meta.url);
    expect(await prober.probeVideo({ path: path.pathname })).toEqual({
      readable: true,
      container: 'mp4',
      codec: 'avc',
      durationSec: 10,
      frameRate: 30,
      width: 720,
      height: 1280,
    });
  });
});
