import { TikTokValidationError } from '../errors.ts';

/**
 * How a video is cut for TikTok: the three numbers of an init's `source_info`, as TikTok spells
 * them, so that a plan can be spread into it.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export interface ChunkPlan {
  /** Size of the whole video, in bytes. */
  readonly video_size: number;
  /** Size of every chunk but the last, in bytes. */
  readonly chunk_size: number;
  /** Number of chunks: `video_size / chunk_size`, rounded down. */
  readonly total_chunk_count: number;
}

/** A range of bytes, both ends inclusive, as in a `Content-Range` header. */
export interface ByteRange {
  /** Offset of the first byte, from 0. */
  readonly first: number;
  /** Offset of the last byte, inclusive. */
  readonly last: number;
}

/**
 * The largest video that is sent, in bytes. TikTok says "4 GB" without saying which; this one is
 * within both readings.
 */
export const MAX_VIDEO_SIZE = 4_000_000_000;

/** The largest video sent in one chunk, in bytes: 64 MB in the smaller reading. */
const LARGEST_SINGLE = 64_000_000;
/** What most production clients send; TikTok's own worked example uses it. */
const USUAL_CHUNK = 10_000_000;

/**
 * Plans how a video may be cut, best plan first. Send an init with the first; when TikTok refuses
 * it with `invalid_params` about the chunk size or count, no byte has moved yet and the next plan
 * may be tried.
 *
 * The first plan is the whole video in one chunk up to 64,000,000 bytes and an even split above.
 * The second, from 20,000,000 bytes on, uses chunks of 10,000,000; below that it would be one chunk
 * smaller than the video, which TikTok refuses. Every plan keeps TikTok's rules whether its
 * megabytes are decimal or binary, which TikTok does not say.
 *
 * @param videoSize - Size of the video, in bytes: 1 to 4,000,000,000.
 * @returns One or two different plans.
 * @throws {TikTokValidationError} `video_empty`, `video_too_large` or `video_size_invalid`.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 * @example
 * ```ts
 * import { planUploads } from '@greenroom/sdk';
 *
 * planUploads(150_000_000);
 * // [{ video_size: 150000000, chunk_size: 50000000, total_chunk_count: 3 },
 * //  { video_size: 150000000, chunk_size: 10000000, total_chunk_count: 15 }]
 * ```
 */
export function planUploads(videoSize: number): readonly [ChunkPlan, ...ChunkPlan[]] {
  requireVideoSize(videoSize);
  const even = toPlan(videoSize, Math.floor(videoSize / Math.ceil(videoSize / LARGEST_SINGLE)));
  return videoSize < 2 * USUAL_CHUNK ? [even] : [even, toPlan(videoSize, USUAL_CHUNK)];
}

/**
 * Gives the bytes to send from a position on: to the end of the chunk that it is in. All chunks are
 * `chunk_size` long but the last, which takes the remainder too.
 *
 * @param plan - The plan that the init was sent with.
 * @param position - Offset of a byte of the video; `index * plan.chunk_size` begins a chunk.
 * @example
 * ```ts
 * import { chunkRange } from '@greenroom/sdk';
 *
 * const plan = { video_size: 50_000_123, chunk_size: 10_000_000, total_chunk_count: 5 };
 * chunkRange(plan, 40_000_000); // { first: 40000000, last: 50000122 }
 * ```
 */
export function chunkRange(plan: ChunkPlan, position: number): ByteRange {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  const end = (Math.floor(position / chunk) + 1) * chunk;
  return { first: position, last: (end >= count * chunk ? size : end) - 1 };
}

/** Refuses a size that no plan can be made for. */
export function requireVideoSize(size: number): void {
  if (Number.isSafeInteger(size) && size > 0 && size <= MAX_VIDEO_SIZE) return;
  const code = size > MAX_VIDEO_SIZE ? 'too_large' : size === 0 ? 'empty' : 'size_invalid';
  throw new TikTokValidationError({ code: `video_${code}` });
}

function toPlan(size: number, chunk: number): ChunkPlan {
  return { video_size: size, chunk_size: chunk, total_chunk_count: Math.floor(size / chunk) };
}
