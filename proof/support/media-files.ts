import { readFile } from 'node:fs/promises';
import { padVideo } from '@greenroom/examples/large-video';

const folder = new URL('../../packages/emulator/test/media/', import.meta.url);

/** A video of 1.7 kB that breaks no rule of TikTok's: one chunk. */
export async function makeVideo(): Promise<Buffer> {
  return readFile(new URL('pass.mp4', folder));
}

/** The smallest video that is sent in two chunks: 64,000,001 bytes, of which all but 1.7 kB is padding. */
export async function makeVideoOfTwoChunks(): Promise<Buffer> {
  return padVideo(await makeVideo(), 64_000_001);
}

/** Two photos that break no rule of TikTok's. */
export async function makePhotos(): Promise<readonly Buffer[]> {
  const names = ['photo-1080x1350.jpg', 'photo-1080x1350.webp'];
  return Promise.all(names.map((name) => readFile(new URL(name, folder))));
}
