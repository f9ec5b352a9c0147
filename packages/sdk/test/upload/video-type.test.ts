import { blobSource, inspectVideo, rangeSource } from '@greenroom/sdk';
import { describe, expect, test } from 'vitest';

/** A box of an ISO file: its size, its name, its content. */
function box(name: string, content: Uint8Array | string = '', size?: number): Buffer {
  const body = Buffer.from(content as string, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size ?? body.length + 8, 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function largeBox(name: string, content: Buffer, size: bigint): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(size);
  return box(name, Buffer.concat([length, content]), 1);
}

const FTYP = box('ftyp', 'isom\0\0\0\0isommp41');
const MOOV = box('moov', 'x'.repeat(100));
const MDAT = box('mdat', 'y'.repeat(1000));

function inspectBytes(...parts: Uint8Array[]): Promise<string> {
  return inspectVideo(blobSource(new Blob(parts.map((part) => new Uint8Array(part)))));
}

const WEBM = Buffer.from(
  '1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701',
  'hex',
);
const MATROSKA = Buffer.from(
  '1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b6142878104',
  'hex',
);

test.each([
  { kind: 'MP4', parts: [FTYP, MOOV, MDAT], type: 'video/mp4' },
  { kind: 'MP4 with its index at the end', parts: [FTYP, MDAT, MOOV], type: 'video/mp4' },
  {
    kind: 'MP4 whose last box goes on to the end',
    parts: [FTYP, MOOV, box('mdat', 'y', 0)],
    type: 'video/mp4',
  },
  {
    kind: 'MP4 with a long size',
    parts: [FTYP, largeBox('mdat', Buffer.alloc(100), 116n), MOOV],
    type: 'video/mp4',
  },
  {
    kind: 'MP4 in hundreds of fragments',
    parts: [FTYP, MOOV, ...Array(200).fill(MDAT)],
    type: 'video/mp4',
  },
  { kind: 'MOV', parts: [box('ftyp', 'qt  \0\0\0\0qt  '), MOOV, MDAT], type: 'video/quicktime' },
  { kind: 'MOV from before ftyp', parts: [box('wide'), MDAT, MOOV], type: 'video/quicktime' },
  { kind: 'WebM', parts: [WEBM, MDAT], type: 'video/webm' },
])('knows a $kind by its bytes', async ({ parts, type }) => {
  await expect(inspectBytes(...parts)).resolves.toBe(type);
});

test.each([
  { kind: 'text', parts: [Buffer.from('this is not a video at all')] },
  { kind: 'a single byte', parts: [Buffer.from('x')] },
  { kind: 'a PNG', parts: [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')] },
  { kind: 'a JPEG', parts: [Buffer.from('ffd8ffe000104a4649460001', 'hex')] },
  { kind: 'an AVI', parts: [Buffer.from('RIFF\0\0\0\0AVI LIST')] },
  { kind: 'a HEIC picture', parts: [box('ftyp', 'heic\0\0\0\0mif1heic'), MDAT] },
  { kind: 'an AVIF picture', parts: [box('ftyp', 'avif\0\0\0\0mif1'), MDAT] },
  { kind: 'an M4A song', parts: [box('ftyp', 'M4A \0\0\0\0isom'), MDAT] },
  { kind: 'a Matroska video', parts: [MATROSKA, MDAT] },
  { kind: 'an HTML page', parts: [Buffer.from('<!doctype html><title>Not found</title>')] },
])('refuses $kind', async ({ parts }) => {
  await expect(inspectBytes(...parts)).rejects.toMatchObject({
    name: 'TikTokValidationError',
    code: 'video_type_unsupported',
    whoseMove: 'person',
  });
});

describe('a file whose end is missing is refused', () => {
  const whole = Buffer.concat([FTYP, MOOV, MDAT]);
  test.each([
    whole.length - 1,
    whole.length - 500,
    FTYP.length + MOOV.length + 3,
    FTYP.length + 7,
    FTYP.length - 1,
  ])('cut to %i bytes', async (length) => {
    await expect(inspectBytes(whole.subarray(0, length))).rejects.toMatchObject({
      code: 'video_truncated',
    });
  });

  test('within a box of more than 4 GiB', async () => {
    const large = largeBox('mdat', Buffer.alloc(100), 5_000_000_000n);
    await expect(inspectBytes(FTYP, large)).rejects.toMatchObject({ code: 'video_truncated' });
  });

  test('with a box that claims to be smaller than its own head', async () => {
    await expect(inspectBytes(FTYP, box('mdat', 'yyyy', 4))).rejects.toMatchObject({
      code: 'video_truncated',
    });
  });
});

describe('a whole file with something after its last box is taken', () => {
  test.each([
    { what: 'padding shorter than the head of a box', rest: Buffer.alloc(3) },
    { what: 'a few odd bytes', rest: Buffer.from('\r\n') },
    { what: 'junk', rest: Buffer.alloc(500, 0xff) },
    { what: 'a size that no box can have', rest: Buffer.from('00000003ffffffffffffffff', 'hex') },
  ])('$what', async ({ rest }) => {
    await expect(inspectBytes(FTYP, MOOV, MDAT, rest)).resolves.toBe('video/mp4');
    await expect(inspectBytes(FTYP, MDAT, MOOV, rest)).resolves.toBe('video/mp4');
    await expect(inspectBytes(FTYP, MDAT, rest)).rejects.toMatchObject({ code: 'video_truncated' });
  });

  test('but not one whose further fragment is cut off', async () => {
    const moof = box('moof', 'z'.repeat(50));
    const whole = Buffer.concat([FTYP, MOOV, moof, MDAT, moof, MDAT]);
    for (const missing of [1, 900, MDAT.length + 10]) {
      await expect(inspectBytes(whole.subarray(0, whole.length - missing))).rejects.toMatchObject({
        code: 'video_truncated',
      });
    }
  });
});

test.each([
  { size: 0, code: 'video_empty' },
  { size: 4_000_000_001, code: 'video_too_large' },
])('does not read a video of $size bytes', async ({ size, code }) => {
  const open = () => {
    throw new Error('it was read');
  };
  await expect(inspectVideo(rangeSource({ size, open }))).rejects.toMatchObject({ code });
});

test('reads little of a large video', async () => {
  let read = 0;
  const size = 3_000_000_000;
  const heads = new Map([
    [0, FTYP],
    [FTYP.length, box('mdat', '', size - FTYP.length)],
  ]);
  const source = rangeSource({
    size,
    open: async function* (first, last) {
      read += last - first + 1;
      const bytes = new Uint8Array(last - first + 1);
      bytes.set((heads.get(first) ?? Buffer.alloc(0)).subarray(0, bytes.length));
      yield bytes;
    },
  });
  await expect(inspectVideo(source)).resolves.toBe('video/mp4');
  expect(read).toBeLessThan(1_000);
});
