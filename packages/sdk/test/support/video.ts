import { createHash } from 'node:crypto';

/** Bytes that begin as an MP4 (`ftyp`, then one `mdat` to the end), differ everywhere, and repeat nowhere near. */
export function makeVideo(size: number): Uint8Array<ArrayBuffer> {
  const video = new Uint8Array(size);
  let state = 0x9e3779b9;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    video[at] = state >>> 24;
  }
  const head = Buffer.alloc(32);
  head.writeUInt32BE(24, 0);
  head.write('ftypisom', 4, 'latin1');
  head.write('isommp41', 16, 'latin1');
  head.writeUInt32BE(Math.max(0, size - 24), 24);
  head.write('mdat', 28, 'latin1');
  video.set(head.subarray(0, Math.min(size, 32)));
  return video;
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
