import type { IncomingHttpHeaders } from 'node:http';
import { mediaTypeOf } from '../gateway/body.ts';
import { toChunkRange } from '../posting/chunk-rules.ts';
import type { RuleName } from '../rules/rules.ts';
import { findContentRange } from './content-range.ts';
import { isComplete, type Upload } from './uploads.ts';

/** Content types a video may be sent with. */
const VIDEO_TYPES = ['video/mp4', 'video/quicktime', 'video/webm'];

/** Why a chunk is not taken. */
export interface ChunkRefusal {
  /** 416 goes with the progress of the upload. */
  readonly status: 400 | 403 | 404 | 416;
  readonly rule: RuleName;
  readonly detail: string;
}

/**
 * Finds why a chunk can not be taken, by its headers alone.
 *
 * @param now - Milliseconds of the emulator's clock.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function findChunkRefusal(
  upload: Upload,
  headers: IncomingHttpHeaders,
  now: number,
): ChunkRefusal | undefined {
  if (now >= upload.expires_at) {
    return { status: 403, rule: 'upload.expired', detail: 'the upload_url is older than one hour' };
  }
  return findTypeRefusal(headers) ?? findRangeRefusal(upload, headers);
}

function findTypeRefusal(headers: IncomingHttpHeaders): ChunkRefusal | undefined {
  const type = mediaTypeOf(headers['content-type']);
  if (VIDEO_TYPES.includes(type)) return undefined;
  const named = type === '' ? 'missing or malformed' : type.slice(0, 100);
  const detail = `Content-Type is ${named}; it must be one of ${VIDEO_TYPES.join(', ')}`;
  return { status: 400, rule: 'upload.content_type', detail };
}

function findRangeRefusal(upload: Upload, headers: IncomingHttpHeaders): ChunkRefusal | undefined {
  const range = findContentRange(headers['content-range']);
  if (range === undefined) {
    const detail = 'Content-Range is missing or not of the form "bytes first-last/total"';
    return { status: 400, rule: 'upload.content_range', detail };
  }
  const { first, last, total } = range;
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (length !== last - first + 1) {
    const named = headers['content-length'] ?? 'missing';
    const detail = `Content-Length is ${named}; the range ${first}-${last} has ${last - first + 1} bytes`;
    return { status: 400, rule: 'upload.content_length', detail };
  }
  if (total !== upload.plan.videoSize) {
    const detail = `Content-Range says ${total} bytes in all; init said ${upload.plan.videoSize}`;
    return { status: 400, rule: 'upload.content_range', detail };
  }
  return findOrderRefusal(upload, first, last);
}

function findOrderRefusal(upload: Upload, first: number, last: number): ChunkRefusal | undefined {
  if (upload.isReceiving) {
    const detail = 'another chunk of this upload is being received; chunks go one after the other';
    return { status: 416, rule: 'upload.one_at_a_time', detail };
  }
  const sent = `bytes ${first}-${last}`;
  if (isComplete(upload)) {
    const detail = `${sent} came after the upload was complete`;
    return { status: 416, rule: 'upload.order', detail };
  }
  const [expectedFirst, expectedLast] = toChunkRange(upload.plan, upload.chunks);
  if (first === expectedFirst && last === expectedLast) return undefined;
  const detail = `${sent} came; the next chunk is bytes ${expectedFirst}-${expectedLast}`;
  return { status: 416, rule: 'upload.order', detail };
}
