import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLargeVideo } from './large-video.ts';

/** A video in a temporary folder, which goes with it when it leaves its scope. */
export interface TemporaryVideo extends AsyncDisposable {
  readonly path: string;
}

/** Makes a valid video of exactly `sizeBytes` in a temporary folder. */
export async function makeLargeVideo(sizeBytes: number): Promise<TemporaryVideo> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-demo-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'large.mp4');
  try {
    await writeLargeVideo(path, sizeBytes, join(import.meta.dirname, 'media/greenroom-demo.mp4'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}
