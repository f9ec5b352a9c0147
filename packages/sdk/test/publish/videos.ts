import { readFileSync } from 'node:fs';
import { blobSource, type VideoSource } from '../../src/index.ts';

/** The video that the repository's demo publishes: a real one. */
export const DEMO_VIDEO_PATH = new URL(
  '../../../../examples/demo/media/greenroom-demo.mp4',
  import.meta.url,
);

/** Its bytes. */
export function readDemoVideo(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(DEMO_VIDEO_PATH));
}

/** The demo video as a source. */
export function demoSource(): VideoSource {
  return blobSource(new Blob([readDemoVideo()]));
}

/**
 * The bytes of an MP4 of any size: the demo video and a `free` box, which players skip, up to the
 * end.
 */
export function padVideo(video: Uint8Array, size: number): Blob {
  const box = new Uint8Array(16);
  const view = new DataView(box.buffer);
  view.setUint32(0, 1);
  box.set(new TextEncoder().encode('free'), 4);
  view.setBigUint64(8, BigInt(size - video.byteLength));
  const rest = new Uint8Array(size - video.byteLength - box.byteLength);
  return new Blob([new Uint8Array(video), box, rest]);
}
