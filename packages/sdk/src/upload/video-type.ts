import { TikTokValidationError } from '../errors.ts';
import { readBytes } from './chunk-body.ts';
import { requireVideoSize } from './chunk-plan.ts';
import { readInTime } from './read-in-time.ts';
import { DEFAULT_IDLE_TIMEOUT_MS } from './upload-options.ts';
import type { VideoSource } from './video-source.ts';

/**
 * Types of video that TikTok takes.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export type VideoContentType = 'video/mp4' | 'video/quicktime' | 'video/webm';

/** Tells whether a value is a type of video that TikTok takes. */
export function isVideoContentType(value: unknown): value is VideoContentType {
  return typeof value === 'string' && /^video\/(mp4|quicktime|webm)$/.test(value);
}

// Brands of ISO files that hold no video: pictures and sound.
const OTHER_BRANDS = /^(hei|hev|mif|msf|avi|jp|M4[ABP]|crx)/;
// Boxes that a QuickTime file without `ftyp` may begin with.
const QUICKTIME = /^(ftypqt {2}|moov|mdat|free|skip|wide|pnot)/;
// Enough for any file that was written in one go; one in fragments is not walked to its end.
const MOST_BOXES = 64;
const HEADER_SIZE = 64;

/** Options of {@link inspectVideo}. */
export interface InspectOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds; by default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * Looks at the first bytes of a video, whatever its name says, and at whether its end is there (of
 * MP4 and MOV; what follows a whole one without being part of it is let pass). Reads a few bytes at a few places; call it before an init is spent on a file that
 * TikTok refuses.
 *
 * @returns The type to send it with.
 * @throws {TikTokValidationError} `video_empty`, `video_too_large`, `video_type_unsupported` or
 * `video_truncated`.
 * @throws {TikTokUploadError} `source_failed` if the source cannot be read, or not in time.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 * @example
 * ```ts
 * import { blobSource, inspectVideo, type VideoContentType } from '@greenroom/sdk';
 *
 * export async function typeOf(file: File): Promise<VideoContentType> {
 *   return inspectVideo(blobSource(file));
 * }
 * ```
 */
export async function inspectVideo(
  source: VideoSource,
  options: InspectOptions = {},
): Promise<VideoContentType> {
  requireVideoSize(source.size);
  const { idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS } = options;
  return readInTime(idleTimeoutMs, options.signal, (signal) => inspect(source, signal));
}

async function inspect(source: VideoSource, signal: AbortSignal): Promise<VideoContentType> {
  const head = await readHeader(source, 0, signal);
  if (head.text.startsWith('\x1aE\xdf\xa3') && head.text.includes('webm')) return 'video/webm';
  const name = head.text.slice(4);
  const isQuickTime = QUICKTIME.test(name);
  if (!isQuickTime && (!name.startsWith('ftyp') || OTHER_BRANDS.test(name.slice(4)))) {
    throw new TikTokValidationError({ code: 'video_type_unsupported' });
  }
  await requireEnd(source, head, signal);
  return isQuickTime ? 'video/quicktime' : 'video/mp4';
}

/** Goes from box to box (each begins with its size) and refuses a file that ends within one. */
async function requireEnd(source: VideoSource, first: Header, signal: AbortSignal): Promise<void> {
  let { text, boxSize } = first;
  let offset = 0;
  let seen = '';
  for (let boxes = 1; boxes < MOST_BOXES; boxes += 1) {
    const name = text.slice(4, 8);
    const end = offset + boxSize;
    // 0 stands for "to the end of the file".
    if (boxSize === 0 || end === source.size) return;
    if (!(boxSize >= 8 && end < source.size)) {
      // What comes after picture and index, and has no name, is padding that players ignore.
      if (/mdat.*moov|moov.*mdat/.test(seen) && !/^[ -~]{4}$/.test(name)) return;
      throw new TikTokValidationError({ code: 'video_truncated' });
    }
    seen += name;
    offset = end;
    ({ text, boxSize } = await readHeader(source, offset, signal));
  }
}

/** The first bytes of a box, and its size; `NaN` where there is no room for one. */
interface Header {
  readonly text: string;
  readonly boxSize: number;
}

async function readHeader(
  source: VideoSource,
  first: number,
  signal: AbortSignal,
): Promise<Header> {
  const last = Math.min(first + HEADER_SIZE, source.size) - 1;
  const bytes = await readBytes(source, { first, last }, signal);
  const view = new DataView(bytes.buffer);
  const short = bytes.length < 8 ? Number.NaN : view.getUint32(0);
  // 1 stands for "in the 8 bytes after the name".
  const boxSize = short === 1 && bytes.length >= 16 ? Number(view.getBigUint64(8)) : short;
  return { text: String.fromCharCode(...bytes), boxSize };
}
