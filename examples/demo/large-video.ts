import { open, readFile } from 'node:fs/promises';

const BLOCK_BYTES = 4 * 1024 * 1024;
/** A box header is 8 bytes, and 16 when the size needs 64 bits. */
const LARGE_HEADER_BYTES = 16;

/**
 * Writes a valid MP4 of exactly `sizeBytes`: the given video, followed by a `free` box, which every reader
 * skips. The filler is the same for the same size, and no two of its blocks are alike.
 *
 * @param path - File to write; replaced if it exists.
 * @param sizeBytes - Size of the result; at least the video's size and 16 bytes more.
 * @param videoPath - MP4 to start from.
 * @throws {RangeError} If the size is too small to hold the video.
 */
export async function writeLargeVideo(
  path: string,
  sizeBytes: number,
  videoPath: string,
): Promise<void> {
  const video = await readFile(videoPath);
  const header = freeBoxHeader(sizeBytes - video.length);
  await using file = await open(path, 'w');
  await file.write(video);
  await file.write(header);
  for (let left = sizeBytes - video.length - header.length, index = 0; left > 0; index++) {
    const block = filler(Math.min(BLOCK_BYTES, left), index);
    await file.write(block);
    left -= block.length;
  }
}

/** The given MP4, made exactly `sizeBytes` long in memory by a `free` box; see {@link writeLargeVideo}. */
export function padVideo(video: Buffer, sizeBytes: number): Buffer {
  const header = freeBoxHeader(sizeBytes - video.length);
  return Buffer.concat([video, header], sizeBytes);
}

function freeBoxHeader(boxBytes: number): Buffer {
  if (boxBytes < LARGE_HEADER_BYTES) {
    throw new RangeError('the size is too small to hold the video and a box of padding');
  }
  const header = Buffer.alloc(LARGE_HEADER_BYTES);
  header.writeUInt32BE(1, 0);
  header.write('free', 4, 'latin1');
  header.writeBigUInt64BE(BigInt(boxBytes), 8);
  return header;
}

function filler(length: number, index: number): Buffer {
  const block = Buffer.alloc(length, index % 251);
  if (length >= 4) block.writeUInt32BE(index, 0);
  return block;
}
