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

/** Bytes of one chunk, both ends inclusive, as in a `Content-Range` header. */
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
const MOST_CHUNKS = 1000;

/** TikTok does not say whether its MB is decimal or binary: a plan has to hold in both readings. */
const MEGABYTES = [1_000_000, 1_048_576] as const;

/**
 * Plans how a video may be cut, best plan first. Send an init with the first; when TikTok refuses
 * it with `invalid_params` about the chunk size or count, no byte has moved yet and the next plan
 * may be tried.
 *
 * The first plan is the whole video in one chunk up to 64,000,000 bytes and an even split above.
 * The second, where the rules allow it at this size, uses chunks of 10,000,000 bytes. Every plan
 * keeps TikTok's rules whether its megabytes are decimal or binary.
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
  const first = planEvenSplit(videoSize);
  const second = toPlan(videoSize, USUAL_CHUNK);
  const isOther = second.chunk_size !== first.chunk_size;
  return isOther && isChunkPlanAllowed(second) ? [first, second] : [first];
}

/**
 * Tells whether a plan keeps TikTok's rules for chunks, with megabytes read either way.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 * @example
 * ```ts
 * import { isChunkPlanAllowed } from '@greenroom/sdk';
 *
 * // One chunk that is smaller than the video: refused by TikTok since August 2026.
 * isChunkPlanAllowed({ video_size: 77e6, chunk_size: 64e6, total_chunk_count: 1 }); // false
 * ```
 */
export function isChunkPlanAllowed(plan: ChunkPlan): boolean {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  if (![size, chunk, count].every((value) => Number.isSafeInteger(value) && value > 0))
    return false;
  if (size > MAX_VIDEO_SIZE || count > MOST_CHUNKS || count !== Math.floor(size / chunk)) {
    return false;
  }
  return MEGABYTES.every((megabyte) => isWithinLimits(size, chunk, count, megabyte));
}

/**
 * Gives the bytes of one chunk of a plan. All chunks are `chunk_size` long but the last, which
 * takes the remainder too.
 *
 * @param plan - The plan that the init was sent with.
 * @param index - Number of the chunk, from 0.
 * @throws {RangeError} If the plan has no such chunk.
 * @example
 * ```ts
 * import { chunkRange } from '@greenroom/sdk';
 *
 * const plan = { video_size: 50_000_123, chunk_size: 10_000_000, total_chunk_count: 5 };
 * chunkRange(plan, 4); // { first: 40000000, last: 50000122 }
 * ```
 */
export function chunkRange(plan: ChunkPlan, index: number): ByteRange {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`The plan has ${count} chunks; there is none with index ${index}.`);
  }
  const first = index * chunk;
  return { first, last: index === count - 1 ? size - 1 : first + chunk - 1 };
}

/** Refuses a size that no plan can be made for. */
function requireVideoSize(size: number): void {
  if (size === 0) {
    throw new TikTokValidationError({ code: 'video_empty', message: 'The video has 0 bytes.' });
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    const message = `${size} is not a size in bytes.`;
    throw new TikTokValidationError({ code: 'video_size_invalid', message });
  }
  if (size > MAX_VIDEO_SIZE) {
    const message = `The video has ${size} bytes; at most ${MAX_VIDEO_SIZE} are sent.`;
    throw new TikTokValidationError({ code: 'video_too_large', message });
  }
}

/** The whole video where that is allowed, else the fewest equal chunks of at most 64,000,000 bytes. */
function planEvenSplit(size: number): ChunkPlan {
  return toPlan(size, Math.floor(size / Math.ceil(size / LARGEST_SINGLE)));
}

function toPlan(size: number, chunk: number): ChunkPlan {
  return { video_size: size, chunk_size: chunk, total_chunk_count: Math.floor(size / chunk) };
}

function isWithinLimits(size: number, chunk: number, count: number, megabyte: number): boolean {
  if (count === 1) return chunk === size && size <= 64 * megabyte;
  const last = size - chunk * (count - 1);
  return chunk >= 5 * megabyte && chunk <= 64 * megabyte && last <= 128 * megabyte;
}
