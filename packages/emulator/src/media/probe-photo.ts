import { imageSize } from 'image-size';
import type { ByteReader } from './byte-reader.ts';
import { openReader } from './byte-reader.ts';
import { MAXIMUM_PHOTO_BYTES } from './media-limits.ts';
import type { MediaSource, PhotoProbe, ReadablePhoto } from './probe.ts';
import { unreadable } from './probe.ts';

/** Bytes of a photo that are looked at: one more than it may have. */
const BYTES_LOOKED_AT = MAXIMUM_PHOTO_BYTES + 1;

/**
 * Reads what a photo is from its headers, and that it is there to its end. Runs in the probe's worker
 * only.
 *
 * @throws Whatever the parser thinks of malformed bytes.
 */
export async function probePhoto(source: MediaSource): Promise<PhotoProbe> {
  const reader = await openReader(source);
  try {
    return await describe(reader);
  } finally {
    await reader.close();
  }
}

async function describe(reader: ByteReader): Promise<PhotoProbe> {
  const bytes = Buffer.from(await reader.read(0, BYTES_LOOKED_AT));
  const format = formatOf(bytes);
  if (format !== 'jpeg' && format !== 'webp') {
    return unreadable(`The photo is ${format ?? 'no picture'}, not JPEG or WebP.`);
  }
  const isWhole = format === 'jpeg' ? hasEndOfImage(bytes) : bytes.length >= riffLength(bytes);
  // One that is too large is cut here, not by its maker, and is refused for its size.
  if (!isWhole && reader.size <= MAXIMUM_PHOTO_BYTES) {
    return unreadable('The photo ends before its last byte.');
  }
  const { width, height } = imageSize(bytes);
  if (!(width > 0 && height > 0)) return unreadable('The photo has no size.');
  return { readable: true, format, width, height, bytes: reader.size };
}

/** Format by the first bytes. Only names that help to understand a refusal are told apart. */
function formatOf(bytes: Buffer): ReadablePhoto['format'] | 'PNG' | 'GIF' | 'HEIF' | undefined {
  if (bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff') return 'jpeg';
  const text = bytes.toString('latin1', 0, 12);
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp';
  if (text.startsWith('\x89PNG')) return 'PNG';
  if (text.startsWith('GIF8')) return 'GIF';
  return text.startsWith('ftyp', 4) ? 'HEIF' : undefined;
}

/** Whether an end-of-image marker follows the start of the picture; thumbnails come before it. */
function hasEndOfImage(bytes: Buffer): boolean {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return bytes.indexOf('\xff\xd9', at, 'latin1') !== -1;
}

function riffLength(bytes: Buffer): number {
  return 8 + bytes.readUInt32LE(4);
}
