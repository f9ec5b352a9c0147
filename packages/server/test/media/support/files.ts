import { readFile } from 'node:fs/promises';

const folder = new URL('../../../../emulator/test/media/', import.meta.url);

/** One of the small files that the repository carries, by its name. */
export function readMediaFile(name: string): Promise<Buffer> {
  return readFile(mediaFile(name));
}

/** Where it is. */
export function mediaFile(name: string): URL {
  return new URL(name, folder);
}

/** A playable MP4 of so many bytes: what is too much stands in a box that players skip. */
export async function makeVideo(size: number): Promise<Buffer> {
  const video = await readMediaFile('pass.mp4');
  const padding = Buffer.alloc(size - video.length);
  padding.writeUInt32BE(padding.length, 0);
  padding.write('free', 4, 'latin1');
  // Not all zero: a byte in the wrong place must show in the digest.
  for (let at = 8; at < padding.length; at += 1) padding[at] = at % 251;
  return Buffer.concat([video, padding]);
}
