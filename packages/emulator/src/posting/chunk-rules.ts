import type { RuleName } from '../rules/rules.ts';

/** How a client means to send a video: the numbers of `source_info` at init. */
export interface ChunkPlan {
  /** Size of the whole file, in bytes. */
  readonly videoSize: number;
  /** Size of every chunk but the last, in bytes. */
  readonly chunkSize: number;
  /** Number of chunks; the last one also takes the remainder. */
  readonly totalChunkCount: number;
}

/** What is wrong with a chunk plan, in TikTok's words and in ours. */
export interface ChunkPlanFault {
  /** The code of the answer: `invalid_params` for the plan, `invalid_param` for the size of the file. */
  readonly code: 'invalid_params' | 'invalid_param';
  /** The message of the answer. */
  readonly message: string;
  /** Name of the broken rule, for the list of violations. */
  readonly rule: RuleName;
  /** The numbers that broke it, in a sentence. */
  readonly detail: string;
}

/** What decides the open questions of the chunk rules. */
export interface ChunkRuleOptions {
  /**
   * `accept` takes one chunk that is declared smaller than the file, as TikTok did until August
   * 2026 (DayMoonDevelopment/post-for-me#327), and one that is larger than 64 MB, as TikTok never did.
   */
  readonly oversizedSingleChunk: 'refuse' | 'accept';
}

interface Reading {
  readonly minimumChunk: number;
  readonly maximumChunk: number;
  readonly maximumVideo: number;
}

/**
 * Finds what TikTok would refuse in a chunk plan, or nothing when the plan is sound.
 *
 * TikTok does not say whether its MB are 10^6 or 2^20 bytes, so a plan is sound when it keeps all
 * rules under one of the two readings.
 *
 * @param plan - The numbers as they came; they need not be integers.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function findChunkPlanFault(
  plan: ChunkPlan,
  options: ChunkRuleOptions,
): ChunkPlanFault | undefined {
  const decimal = findFaultUnder({ ...megabytes(1_000_000), maximumVideo: 4e9 }, plan, options);
  if (decimal === undefined) return undefined;
  const binary = findFaultUnder({ ...megabytes(2 ** 20), maximumVideo: 2 ** 32 }, plan, options);
  // The binary reading has the larger limits: what still breaks there names the cause better.
  return binary;
}

/**
 * Plans which bytes each chunk carries.
 *
 * @param plan - A plan without fault.
 * @param index - Number of the chunk, from 0.
 * @returns First and last byte, both inclusive, as in a `Content-Range` header.
 */
export function toChunkRange(plan: ChunkPlan, index: number): readonly [number, number] {
  const first = index * plan.chunkSize;
  const isLast = index === plan.totalChunkCount - 1;
  return [first, isLast ? plan.videoSize - 1 : first + plan.chunkSize - 1];
}

function megabytes(megabyte: number): Omit<Reading, 'maximumVideo'> {
  return { minimumChunk: 5 * megabyte, maximumChunk: 64 * megabyte };
}

function findFaultUnder(
  reading: Reading,
  plan: ChunkPlan,
  options: ChunkRuleOptions,
): ChunkPlanFault | undefined {
  return (
    findVideoSizeFault(reading, plan) ??
    findChunkSizeFault(reading, plan, options) ??
    findCountFault(plan)
  );
}

function findVideoSizeFault({ maximumVideo }: Reading, plan: ChunkPlan) {
  const { videoSize } = plan;
  if (isPositiveInteger(videoSize) && videoSize <= maximumVideo) return undefined;
  const detail = `video_size ${videoSize} must be a whole number of bytes from 1 to 4 GB`;
  const message = 'The video size is invalid';
  return { code: 'invalid_param', message, rule: 'chunks.video_size', detail } as const;
}

function findChunkSizeFault(reading: Reading, plan: ChunkPlan, options: ChunkRuleOptions) {
  const { videoSize, chunkSize, totalChunkCount } = plan;
  if (!isPositiveInteger(chunkSize)) {
    return chunkSizeFault(
      'chunks.chunk_size',
      `chunk_size ${chunkSize} is not a positive whole number`,
    );
  }
  const isOversizedSingle =
    options.oversizedSingleChunk === 'accept' && totalChunkCount === 1 && chunkSize <= videoSize;
  if (isOversizedSingle && chunkSize >= reading.minimumChunk) return undefined;
  if (chunkSize > reading.maximumChunk) {
    return chunkSizeFault('chunks.maximum', `chunk_size ${chunkSize} is over 64 MB`);
  }
  if (chunkSize < reading.minimumChunk && chunkSize !== videoSize) {
    return chunkSizeFault(
      'chunks.minimum',
      `chunk_size ${chunkSize} is under 5 MB and not the whole video of ${videoSize} bytes`,
    );
  }
  if (totalChunkCount === 1 && chunkSize !== videoSize) {
    return chunkSizeFault(
      'chunks.single_is_whole',
      `total_chunk_count 1 wants chunk_size ${chunkSize} to equal video_size ${videoSize}`,
    );
  }
  return undefined;
}

function findCountFault({ videoSize, chunkSize, totalChunkCount }: ChunkPlan) {
  const count = Math.floor(videoSize / chunkSize);
  if (totalChunkCount === count && count >= 1 && count <= 1000) return undefined;
  return {
    code: 'invalid_params',
    message: 'The total chunk count is invalid',
    rule: 'chunks.count',
    detail: `total_chunk_count ${totalChunkCount} must be video_size / chunk_size rounded down (${count}), from 1 to 1000`,
  } as const;
}

function chunkSizeFault(rule: RuleName, detail: string): ChunkPlanFault {
  return { code: 'invalid_params', message: 'The chunk size is invalid', rule, detail };
}

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
