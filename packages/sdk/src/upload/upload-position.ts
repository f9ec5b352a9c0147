import type { ByteRange, ChunkPlan } from './chunk-plan.ts';

/** The progress that a `Content-Range` of an answer tells, before it is known how it counts. */
export interface StatedProgress {
  /** The middle number: a count of bytes, or the index of the last one. TikTok does not say which. */
  readonly middle: number;
  /** Size of the whole video; `undefined` if the server left it open. */
  readonly total: number | undefined;
}

/**
 * Reads `bytes 0-{UPLOADED_BYTES}/{TOTAL_BYTE_LENGTH}`.
 *
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function readStatedProgress(header: string | null): StatedProgress | undefined {
  const match = /^\s*bytes\s+\d+-(\d+)\/(\d+|\*)\s*$/i.exec(header ?? '');
  if (match === null) return undefined;
  return { middle: Number(match[1]), total: match[2] === '*' ? undefined : Number(match[2]) };
}

/**
 * Tells at which byte an upload stands of which a server states `progress`, read as a count or as
 * the index of the last byte. What fits the end of a chunk is right: servers keep whole chunks. In
 * a video of a single byte both fit, so that nothing is known.
 */
export function findPosition(plan: ChunkPlan, progress: number): number | undefined {
  const fits = [progress, progress + 1].filter((position) => isChunkEnd(plan, position));
  return fits.length === 1 ? fits[0] : undefined;
}

/** Bytes of the chunk in which `position` is, from there to the chunk's end. */
export function rangeFrom(plan: ChunkPlan, position: number): ByteRange {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  const index = Math.min(Math.floor(position / chunk), count - 1);
  return { first: position, last: index === count - 1 ? size - 1 : (index + 1) * chunk - 1 };
}

function isChunkEnd(plan: ChunkPlan, position: number): boolean {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  if (position === size) return true;
  return position % chunk === 0 && position / chunk < count;
}
