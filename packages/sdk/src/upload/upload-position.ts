import type { ChunkPlan } from './chunk-plan.ts';

/**
 * Reads `Content-Range: bytes 0-{UPLOADED_BYTES}/{TOTAL_BYTE_LENGTH}`.
 *
 * @returns The middle number, a count of bytes or the index of the last one (TikTok does not say
 * which), and the size of the whole video (`NaN` if left open); nothing if there is no such header.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function readProgress(
  header: string | null,
): { readonly middle: number; readonly total: number } | undefined {
  const match = /^bytes \d+-(\d+)\/(\d+|\*)$/i.exec(header ?? '');
  return match === null ? undefined : { middle: Number(match[1]), total: Number(match[2]) };
}

/**
 * Tells at which byte an upload stands of which a server states `progress`, read as a count or as
 * the index of the last byte. What fits the end of a chunk is right: servers keep whole chunks. In
 * a video of a single byte both fit, so that nothing is known.
 */
export function findPosition(plan: ChunkPlan, progress: number): number | undefined {
  const { video_size: size, chunk_size: chunk, total_chunk_count: count } = plan;
  const isChunkEnd = (position: number) =>
    position === size || (position % chunk === 0 && position < count * chunk);
  const fits = [progress, progress + 1].filter(isChunkEnd);
  return fits.length === 1 ? fits[0] : undefined;
}
