import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLargeVideo } from './large-video.ts';

/** Makes a valid video of exactly `sizeBytes` in a temporary folder, and gives its path. */
export async function makeLargeVideo(sizeBytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-demo-'));
  const path = join(folder, 'large.mp4');
  await writeLargeVideo(path, sizeBytes, join(import.meta.dirname, 'media/greenroom-demo.mp4'));
  return path;
}
