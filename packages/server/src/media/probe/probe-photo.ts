import type { ByteReader } from './byte-reader.ts';
import { type MediaFile, RefusedFileError } from './probe.ts';

/** Reads what a JPEG or WebP is from its headers, and that it goes to its end; undefined: it is neither. */
export async function probePhoto(reader: ByteReader): Promise<MediaFile | undefined> {
  const head = await reader.view(0, 16);
  if (head.byteLength < 16) return undefined;
  const isJpeg = head.getUint32(0) >>> 8 === 0xffd8ff;
  if (isJpeg && reader.size > LARGEST_PHOTO_BYTES) throw new RefusedFileError('probe_limit');
  if (isJpeg) return photo('jpeg', await measureJpeg(reader));
  const isWebp = head.getUint32(0) === RIFF && head.getUint32(8) === WEBP;
  return isWebp ? photo('webp', await measureWebp(reader, head.getUint32(4, true))) : undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function photo(container: 'jpeg' | 'webp', { height, width }: Size): MediaFile {
  if (width === 0 || height === 0) throw new RefusedFileError('unreadable');
  const noVideo = { codec: null, durationMs: null, frameRate: null };
  return { mediaType: 'PHOTO', container, ...noVideo, width, height };
}

/** Walks the segments up to the picture, which names the size, and then the picture up to its end. */
async function measureJpeg(reader: ByteReader): Promise<Size> {
  let size: Size | undefined;
  for (let at = 2; ; ) {
    const segment = await reader.view(at, 9);
    if (segment.byteLength < 4) throw new RefusedFileError('truncated');
    const marker = segment.getUint16(0);
    // Any number of 0xff may stand before a marker.
    if (marker === 0xffff) {
      at += 1;
      continue;
    }
    if (marker < 0xffc0 || marker === 0xffd9) throw new RefusedFileError('unreadable');
    if (isFrame(marker)) {
      if (segment.byteLength < 9) throw new RefusedFileError('truncated');
      size = { height: segment.getUint16(5), width: segment.getUint16(7) };
    }
    const length = segment.getUint16(2);
    if (length < 2) throw new RefusedFileError('unreadable');
    at += 2 + length;
    if (marker !== START_OF_SCAN) continue;
    if (size === undefined) throw new RefusedFileError('unreadable');
    await requireEndOfImage(reader, at);
    return size;
  }
}

/** SOF0 to SOF15, among which three are tables. */
function isFrame(marker: number): boolean {
  const isTable = marker === 0xffc4 || marker === 0xffc8 || marker === 0xffcc;
  return marker >= 0xffc0 && marker <= 0xffcf && !isTable;
}

/** Cameras put further pictures and bytes of their own behind the end, so it is looked for from the front. */
async function requireEndOfImage(reader: ByteReader, from: number): Promise<void> {
  let wasFf = false;
  for (let at = from; at < reader.size; at += SCANNED_AT_ONCE) {
    const bytes = await reader.read(at, at + SCANNED_AT_ONCE);
    if (wasFf && bytes[0] === END_OF_IMAGE) return;
    for (let ff = bytes.indexOf(0xff); ff !== -1; ff = bytes.indexOf(0xff, ff + 1)) {
      if (bytes[ff + 1] === END_OF_IMAGE) return;
    }
    wasFf = bytes.at(-1) === 0xff;
  }
  throw new RefusedFileError('truncated');
}

async function measureWebp(reader: ByteReader, riffLength: number): Promise<Size> {
  if (riffLength + 8 > reader.size) throw new RefusedFileError('truncated');
  const chunk = await reader.view(12, 18);
  if (chunk.byteLength < 18) throw new RefusedFileError('truncated');
  switch (chunk.getUint32(0)) {
    case VP8X:
      return { width: 1 + readUint24(chunk, 12), height: 1 + readUint24(chunk, 15) };
    case VP8L: {
      const bits = chunk.getUint32(9, true);
      if (chunk.getUint8(8) !== 0x2f) throw new RefusedFileError('unreadable');
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case VP8: {
      if (readUint24(chunk, 11) !== VP8_START) throw new RefusedFileError('unreadable');
      return {
        width: chunk.getUint16(14, true) & 0x3fff,
        height: chunk.getUint16(16, true) & 0x3fff,
      };
    }
    default:
      throw new RefusedFileError('unreadable');
  }
}

function readUint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

// TikTok takes 20 MB; what is looked through from end to end must be of some size.
const LARGEST_PHOTO_BYTES = 100_000_000;

const START_OF_SCAN = 0xffda;
const END_OF_IMAGE = 0xd9;
const SCANNED_AT_ONCE = 1_048_576;

// Names of RIFF's chunks, as the four letters that they are.
const RIFF = 0x52494646;
const WEBP = 0x57454250;
const VP8X = 0x56503858;
const VP8L = 0x5650384c;
const VP8 = 0x56503820;
const VP8_START = 0x2a019d;
