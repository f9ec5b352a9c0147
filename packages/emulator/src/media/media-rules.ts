import type { DocumentAddress } from '../rules/documents.ts';
import {
  DURATION_TOLERANCE_SEC,
  FRAME_RATE_TOLERANCE,
  MAXIMUM_FRAME_RATE,
  MAXIMUM_PHOTO_BYTES,
  MAXIMUM_PHOTO_SHORTER_SIDE,
  MAXIMUM_PICTURE_SIDE,
  MEDIA_DOCUMENT,
  MINIMUM_FRAME_RATE,
  MINIMUM_PICTURE_SIDE,
  VIDEO_CODECS,
  VIDEO_CONTAINERS,
} from './media-limits.ts';
import type { PhotoProbe, VideoProbe } from './probe.ts';

/** A `fail_reason` that a file itself can earn. */
type MediaFailReason =
  | 'file_format_check_failed'
  | 'duration_check_failed'
  | 'frame_rate_check_failed'
  | 'picture_size_check_failed';

/** Why TikTok would refuse a file. */
export interface MediaFailure {
  /** What `status/fetch` answers. */
  readonly failReason: MediaFailReason;
  /** Name of the rule, as violations carry it. */
  readonly rule: 'media.requirements';
  /** Page that sets the rule. */
  readonly document: DocumentAddress;
  /** What the file has and what it should have, for a person. */
  readonly detail: string;
}

/**
 * Judges a video by TikTok's requirements; the first that it breaks decides.
 *
 * @param limits - `maxDurationSec`: the creator's `max_video_post_duration_sec`, or 600 for the inbox.
 * @returns Why it would fail, or `undefined` when it passes.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function checkVideo(
  probe: VideoProbe,
  limits: { readonly maxDurationSec: number },
): MediaFailure | undefined {
  if (!probe.readable) return fail('file_format_check_failed', probe.detail);
  const { container, codec, durationSec, frameRate, width, height } = probe;
  if (!isOneOf(VIDEO_CONTAINERS, container)) {
    return fail('file_format_check_failed', `The container is ${container}, not MP4, MOV or WebM.`);
  }
  if (!isOneOf(VIDEO_CODECS, codec)) {
    return fail('file_format_check_failed', `The codec is ${codec}, not H.264, H.265, VP8 or VP9.`);
  }
  // Written so that a NaN fails as well.
  if (!(durationSec <= limits.maxDurationSec + DURATION_TOLERANCE_SEC)) {
    const seconds = `${round(durationSec)} s`;
    return fail('duration_check_failed', `It lasts ${seconds}, over ${limits.maxDurationSec} s.`);
  }
  if (!isWithin(frameRate, MINIMUM_FRAME_RATE, MAXIMUM_FRAME_RATE, FRAME_RATE_TOLERANCE)) {
    const range = `${MINIMUM_FRAME_RATE} to ${MAXIMUM_FRAME_RATE}`;
    return fail(
      'frame_rate_check_failed',
      `It has ${round(frameRate)} frames a second, not ${range}.`,
    );
  }
  if (
    ![width, height].every((side) => isWithin(side, MINIMUM_PICTURE_SIDE, MAXIMUM_PICTURE_SIDE))
  ) {
    const range = `${MINIMUM_PICTURE_SIDE} to ${MAXIMUM_PICTURE_SIDE}`;
    return fail(
      'picture_size_check_failed',
      `The picture is ${width}x${height}; each side may have ${range} pixels.`,
    );
  }
  return undefined;
}

/**
 * Judges a photo by TikTok's requirements; the first that it breaks decides.
 *
 * @returns Why it would fail, or `undefined` when it passes.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function checkPhoto(probe: PhotoProbe): MediaFailure | undefined {
  if (!probe.readable) return fail('file_format_check_failed', probe.detail);
  if (probe.bytes > MAXIMUM_PHOTO_BYTES) {
    return fail('file_format_check_failed', `The photo has ${probe.bytes} bytes, over 20 MB.`);
  }
  if (!(Math.min(probe.width, probe.height) <= MAXIMUM_PHOTO_SHORTER_SIDE)) {
    const size = `${probe.width}x${probe.height}`;
    return fail(
      'picture_size_check_failed',
      `The photo is ${size}; its shorter side may have ${MAXIMUM_PHOTO_SHORTER_SIDE} pixels.`,
    );
  }
  return undefined;
}

function fail(failReason: MediaFailReason, detail: string): MediaFailure {
  return { failReason, rule: 'media.requirements', document: MEDIA_DOCUMENT, detail };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function isWithin(value: number, minimum: number, maximum: number, tolerance = 0): boolean {
  return value >= minimum - tolerance && value <= maximum + tolerance;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
