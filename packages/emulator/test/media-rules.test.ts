import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPhoto, checkVideo } from '../src/media/media-rules.ts';
import type { ReadablePhoto, ReadableVideo } from '../src/media/probe.ts';
import { unreadable } from '../src/media/probe.ts';

const passing: ReadableVideo = {
  readable: true,
  container: 'mp4',
  codec: 'avc',
  durationSec: 10,
  frameRate: 30,
  width: 720,
  height: 1280,
};
const limits = { maxDurationSec: 600 };

function failReason(change: Partial<ReadableVideo>, maxDurationSec = 600): string | undefined {
  return checkVideo({ ...passing, ...change }, { maxDurationSec })?.failReason;
}

describe('a video', () => {
  test.each<[Partial<ReadableVideo>, string | undefined]>([
    [{}, undefined],
    [{ container: 'mov' }, undefined],
    [{ container: 'webm', codec: 'vp8' }, undefined],
    [{ container: 'matroska' }, 'file_format_check_failed'],
    [{ codec: 'av1' }, 'file_format_check_failed'],
    [{ codec: 'prores' }, 'file_format_check_failed'],
    [{ durationSec: 600.1 }, undefined],
    [{ durationSec: 600.2 }, 'duration_check_failed'],
    [{ durationSec: Number.NaN }, 'duration_check_failed'],
    [{ frameRate: 23.976 }, undefined],
    [{ frameRate: 60.02 }, undefined],
    [{ frameRate: 22.9 }, 'frame_rate_check_failed'],
    [{ frameRate: 60.1 }, 'frame_rate_check_failed'],
    [{ frameRate: Number.NaN }, 'frame_rate_check_failed'],
    [{ width: 360 }, undefined],
    [{ width: 359 }, 'picture_size_check_failed'],
    [{ height: 4096 }, undefined],
    [{ height: 4097 }, 'picture_size_check_failed'],
  ])('with %o ends as %s', (change, expected) => {
    expect(failReason(change)).toBe(expected);
  });

  test('passes exactly when every number is within its limits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1200, noNaN: true }),
        fc.double({ min: 1, max: 120, noNaN: true }),
        fc.integer({ min: 1, max: 8192 }),
        fc.integer({ min: 1, max: 8192 }),
        fc.constantFrom(60, 180, 600),
        (durationSec, frameRate, width, height, maxDurationSec) => {
          const isWithin =
            durationSec <= maxDurationSec + 0.1 &&
            frameRate >= 22.95 &&
            frameRate <= 60.05 &&
            Math.min(width, height) >= 360 &&
            Math.max(width, height) <= 4096;
          const result = failReason({ durationSec, frameRate, width, height }, maxDurationSec);
          expect(result === undefined).toBe(isWithin);
        },
      ),
    );
  });

  test('is judged the same when it is turned', () => {
    const side = fc.integer({ min: 1, max: 8192 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(failReason({ width, height })).toBe(failReason({ width: height, height: width }));
      }),
    );
  });

  test('that cannot be read fails by its format, with the reason', () => {
    expect(checkVideo(unreadable('no frames'), limits)).toEqual({
      failReason: 'file_format_check_failed',
      rule: 'media.requirements',
      document: 'https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide',
      detail: 'no frames',
    });
  });
});

describe('a photo', () => {
  const photo: ReadablePhoto = {
    readable: true,
    format: 'jpeg',
    width: 1080,
    height: 1920,
    bytes: 1,
  };

  // Sizes from the field: trypostit/trypost#120 and gitroomhq/postiz-app#1875.
  test.each([
    [1254, 1254, 'picture_size_check_failed'],
    [1086, 1448, 'picture_size_check_failed'],
    [941, 1672, undefined],
    [1080, 1920, undefined],
  ])('of %i by %i ends as %s', (width, height, expected) => {
    expect(checkPhoto({ ...photo, width, height })?.failReason).toBe(expected);
  });

  test('passes exactly when its shorter side has at most 1080 pixels', () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const failure = checkPhoto({ ...photo, width, height });
        expect(failure?.failReason).toBe(
          Math.min(width, height) <= 1080 ? undefined : 'picture_size_check_failed',
        );
      }),
    );
  });

  test('of more than 20 MB fails by its format', () => {
    expect(checkPhoto({ ...photo, bytes: 20 * 1024 * 1024 })).toBeUndefined();
    const failure = checkPhoto({ ...photo, bytes: 20 * 1024 * 1024 + 1 });
    expect(failure?.failReason).toBe('file_format_check_failed');
  });
});
