import type { ByteReader } from './byte-reader.ts';
import { RefusedFileError } from './probe.ts';

/** What an MP4 or MOV begins with; old cameras write no `ftyp`. */
const FIRST_BOXES = new Set(['ftyp', 'styp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/** A video in fragments has a few thousand boxes an hour. */
const MOST_BOXES = 20_000;

/**
 * Refuses a container that announces more bytes than there are. Parsers make do with a video whose last part is
 * missing; TikTok does not.
 *
 * @throws {RefusedFileError} `not_media`, `truncated` or `unreadable`.
 */
export async function requireWholeContainer(reader: ByteReader): Promise<void> {
  const head = await reader.view(0, 16);
  if (head.byteLength < 16) throw new RefusedFileError('not_media');
  if (head.getUint32(0) === EBML) return requireWholeSegment(reader);
  if (!FIRST_BOXES.has(nameAt(head, 4))) throw new RefusedFileError('not_media');
  return requireWholeBoxes(reader);
}

/** MP4 and MOV are boxes in a row, each with its size in front. */
async function requireWholeBoxes(reader: ByteReader): Promise<void> {
  let at = 0;
  for (let count = 0; count < MOST_BOXES; count += 1) {
    const box = await reader.view(at, 16);
    // Cameras leave bytes of their own behind the last box.
    if (box.byteLength < 8 || !/^[ -~\u00a9]{4}$/.test(nameAt(box, 4))) return;
    const length = boxLength(box, reader.size - at);
    if (length < 8) throw new RefusedFileError('unreadable');
    at += length;
    if (at > reader.size) throw new RefusedFileError('truncated');
  }
}

/** 0 stands for "up to the end of the file", 1 for "eight bytes with the size follow". */
function boxLength(box: DataView, left: number): number {
  const length = box.getUint32(0);
  if (length === 0) return left;
  if (length !== 1) return length;
  return box.byteLength < 16 ? 0 : Number(box.getBigUint64(8));
}

/** Four letters; those of QuickTime's own boxes begin with the copyright sign. */
function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

/** WebM is a header and one segment, which has all the rest in it. */
async function requireWholeSegment(reader: ByteReader): Promise<void> {
  const header = readElement(await reader.view(0, 16));
  const start = header.contentAt + header.length;
  const segment = readElement(await reader.view(start, 16));
  if (segment.id !== SEGMENT) throw new RefusedFileError('unreadable');
  // Whoever records live cannot know the size and says so: then the packets show what is there.
  if (segment.length === Number.POSITIVE_INFINITY) return;
  if (start + segment.contentAt + segment.length > reader.size) {
    throw new RefusedFileError('truncated');
  }
}

interface EbmlElement {
  readonly id: number;
  /** Where its content begins, counted from the element. */
  readonly contentAt: number;
  readonly length: number;
}

/** Reads the id, which has four bytes here, and the length, whose leading zero bits tell how many bytes it has. */
function readElement(view: DataView): EbmlElement {
  if (view.byteLength < 12) throw new RefusedFileError('truncated');
  const first = view.getUint8(4);
  const width = Math.clz32(first) - 23;
  if (width > 8) throw new RefusedFileError('unreadable');
  const bytes = Array.from({ length: width - 1 }, (_, index) => view.getUint8(5 + index));
  const top = first & (0xff >> width);
  const isUnknown = top === 0xff >> width && bytes.every((byte) => byte === 0xff);
  return {
    id: view.getUint32(0),
    contentAt: 4 + width,
    length: isUnknown
      ? Number.POSITIVE_INFINITY
      : bytes.reduce((sum, byte) => sum * 256 + byte, top),
  };
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
