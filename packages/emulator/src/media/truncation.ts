import type { ByteReader } from './byte-reader.ts';

/** Boxes looked at before the walk is content; a fragmented hour has a few thousand. */
const MAXIMUM_BOXES = 20_000;

const EBML_HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/**
 * Finds out whether a container announces more bytes than there are.
 *
 * Demuxers make do with a video that was cut off in its last part; TikTok's check does not, and a cut
 * upload is what a developer wants to hear about.
 *
 * @returns What is missing, for a person, or `undefined` when the outer structure is whole.
 */
export async function findTruncation(reader: ByteReader): Promise<string | undefined> {
  const head = view(await reader.read(0, 16));
  if (head.byteLength < 8) return 'The file is too short to be a video.';
  if (head.getUint32(0) === EBML_HEADER) return findShortSegment(reader);
  return isBoxType(head, 4) ? findShortBox(reader) : undefined;
}

async function findShortBox(reader: ByteReader): Promise<string | undefined> {
  let offset = 0;
  for (let count = 0; count < MAXIMUM_BOXES && reader.size - offset >= 8; count += 1) {
    const box = view(await reader.read(offset, offset + 16));
    // Cameras leave bytes of their own behind the last box.
    if (!isBoxType(box, 4)) return undefined;
    const length = boxLength(box, reader.size - offset);
    if (length < 8) return `The box at byte ${offset} has an impossible size.`;
    if (offset + length > reader.size) {
      return `The box at byte ${offset} ends ${offset + length - reader.size} bytes after the file.`;
    }
    offset += length;
  }
  return undefined;
}

/** Size of a box: 0 means up to the end of the file, 1 that eight bytes with the size follow. */
function boxLength(box: DataView, remaining: number): number {
  const length = box.getUint32(0);
  if (length === 0) return remaining;
  if (length !== 1) return length;
  return box.byteLength < 16 ? 0 : Number(box.getBigUint64(8));
}

function isBoxType(bytes: DataView, at: number): boolean {
  for (let index = at; index < at + 4; index += 1) {
    const code = bytes.getUint8(index);
    // Letters, digits, blank and the copyright sign of QuickTime's user data.
    if ((code < 0x20 || code > 0x7e) && code !== 0xa9) return false;
  }
  return true;
}

async function findShortSegment(reader: ByteReader): Promise<string | undefined> {
  const header = readElement(view(await reader.read(0, 16)));
  if (header === undefined) return 'The EBML header is malformed.';
  const start = header.contentAt + header.length;
  const segment = readElement(view(await reader.read(start, start + 16)));
  if (segment?.id !== SEGMENT) return 'There is no segment after the EBML header.';
  // A live recorder does not know the size beforehand and writes "unknown".
  if (segment.length === Number.POSITIVE_INFINITY) return undefined;
  const missing = start + segment.contentAt + segment.length - reader.size;
  return missing > 0 ? `The segment ends ${missing} bytes after the file.` : undefined;
}

interface EbmlElement {
  readonly id: number;
  readonly contentAt: number;
  readonly length: number;
}

/** Reads the id (four bytes here) and the variable-length size of an element. */
function readElement(bytes: DataView): EbmlElement | undefined {
  if (bytes.byteLength < 5) return undefined;
  const first = bytes.getUint8(4);
  const width = Math.clz32(first) - 23;
  if (width > 8 || bytes.byteLength < 4 + width) return undefined;
  let length = first & (0xff >> width);
  let isUnknown = length === 0xff >> width;
  for (let index = 1; index < width; index += 1) {
    const byte = bytes.getUint8(4 + index);
    isUnknown &&= byte === 0xff;
    length = length * 256 + byte;
  }
  return {
    id: bytes.getUint32(0),
    contentAt: 4 + width,
    length: isUnknown ? Number.POSITIVE_INFINITY : length,
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
