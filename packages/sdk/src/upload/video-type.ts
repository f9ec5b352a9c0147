import { TikTokValidationError } from '../errors.ts';
import { readBytes } from './chunk-body.ts';
import { planUploads } from './chunk-plan.ts';
import type { VideoSource } from './video-source.ts';

const VIDEO_CONTENT_TYPES = ['video/mp4', 'video/quicktime', 'video/webm'] as const;

/**
 * Types of video that TikTok takes.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export type VideoContentType = (typeof VIDEO_CONTENT_TYPES)[number];

/** Tells whether a value is a type of video that TikTok takes. */
export function isVideoContentType(value: unknown): value is VideoContentType {
  return VIDEO_CONTENT_TYPES.some((type) => type === value);
}

// Brands of ISO files that hold no video: pictures and sound.
const OTHER_BRANDS = /^(heic|heix|hevc|mif1|msf1|avif|avis|jp2 |jpx |M4A |M4B |M4P |crx )$/;
// Boxes that a QuickTime file without `ftyp` may begin with.
const QUICKTIME_BOXES = /^(moov|mdat|free|skip|wide|pnot)$/;
// Enough for any file that was written in one go; one in fragments is not walked to its end.
const MOST_BOXES = 64;
const HEADER_SIZE = 64;
const EBML_MAGIC = 0x1a45dfa3;
const SEGMENT_MAGIC = 0x18538067;

/**
 * Looks at the first bytes of a video, whatever its name says, and at whether its end is there.
 * Reads a few bytes at a few places; call it before an init is spent on a file that TikTok refuses.
 *
 * @returns The type to send it with.
 * @throws {TikTokValidationError} `video_empty`, `video_too_large`, `video_type_unsupported` or
 * `video_truncated`.
 * @throws {TikTokUploadError} If the source cannot be read.
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
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<VideoContentType> {
  planUploads(source.size);
  const { signal = new AbortController().signal } = options;
  const head = await readHeader(source, 0, signal);
  if (head.byteLength >= 8 && head.getUint32(0) === EBML_MAGIC) {
    return inspectWebm(head, source.size);
  }
  return inspectIsoFile(source, head, signal);
}

/** MP4 and MOV: a row of boxes, each beginning with its size and its name. */
async function inspectIsoFile(
  source: VideoSource,
  head: DataView,
  signal: AbortSignal,
): Promise<VideoContentType> {
  const name = readName(head, 4);
  const brand = readName(head, 8);
  const isQuickTime = QUICKTIME_BOXES.test(name) || (name === 'ftyp' && brand === 'qt  ');
  if (!isQuickTime && (name !== 'ftyp' || OTHER_BRANDS.test(brand))) throw unsupported();
  let header = head;
  let offset = 0;
  for (let boxes = 0; boxes < MOST_BOXES; boxes += 1) {
    const size = readBoxSize(header);
    // 0 stands for "to the end of the file".
    if (size === 0 || offset + size === source.size) break;
    if (size < 8 || offset + size + 8 > source.size) throw truncated(readName(header, 4), offset);
    offset += size;
    header = await readHeader(source, offset, signal);
  }
  return isQuickTime ? 'video/quicktime' : 'video/mp4';
}

/** WebM: an EBML header that names the type, then one segment that says how long it is. */
function inspectWebm(head: DataView, size: number): VideoContentType {
  const text = Array.from({ length: head.byteLength }, (_, at) => head.getUint8(at));
  if (!String.fromCharCode(...text).includes('webm')) throw unsupported();
  const headerSize = readVint(head, 4);
  const segmentAt = headerSize === undefined ? Number.NaN : headerSize.end + headerSize.value;
  if (!(segmentAt + 12 <= head.byteLength) || head.getUint32(segmentAt) !== SEGMENT_MAGIC) {
    return 'video/webm';
  }
  // A recording that was streamed leaves the length open.
  const segment = readVint(head, segmentAt + 4);
  if (segment !== undefined && segment.end + segment.value > size) throw truncated('Segment', 0);
  return 'video/webm';
}

async function readHeader(
  source: VideoSource,
  offset: number,
  signal: AbortSignal,
): Promise<DataView> {
  const last = Math.min(offset + HEADER_SIZE, source.size) - 1;
  const bytes = await readBytes(source, { first: offset, last }, signal);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readBoxSize(header: DataView): number {
  const size = header.getUint32(0);
  if (size !== 1) return size;
  return header.byteLength < 16 ? 1 : Number(header.getBigUint64(8));
}

function readName(header: DataView, at: number): string {
  if (header.byteLength < at + 4) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => header.getUint8(at + index)));
}

/** EBML's integers of 1 to 8 bytes; nothing for the value that means "unknown". */
function readVint(header: DataView, at: number): { value: number; end: number } | undefined {
  const length = Math.clz32(header.getUint8(at)) - 23;
  if (length > 8 || at + length > header.byteLength) return undefined;
  let value = header.getUint8(at) & (0xff >> length);
  for (let index = 1; index < length; index += 1) value = value * 256 + header.getUint8(at + index);
  return value === 2 ** (7 * length) - 1 ? undefined : { value, end: at + length };
}

function unsupported(): TikTokValidationError {
  const message = 'The first bytes are not those of an MP4, MOV or WebM video.';
  return new TikTokValidationError({ code: 'video_type_unsupported', message });
}

function truncated(name: string, offset: number): TikTokValidationError {
  const message = `The part "${name}" at byte ${offset} goes on beyond the end of the file.`;
  return new TikTokValidationError({ code: 'video_truncated', message });
}
