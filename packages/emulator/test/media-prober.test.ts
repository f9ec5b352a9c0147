import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { MediaProberOptions } from '../src/media/media-prober.ts';
import { createMediaProber, type MediaProber } from '../src/media/media-prober.ts';
import { checkVideo } from '../src/media/media-rules.ts';

const run = promisify(execFile);
const passPath = new URL('./media/pass.mp4', import.meta.url).pathname;

let folder: string;
let pass: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-media-'));
  pass = await readFile(passPath);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const probers: MediaProber[] = [];
afterEach(async () => {
  await Promise.all(probers.splice(0).map((prober) => prober.close()));
});

function startProber(options?: MediaProberOptions): MediaProber {
  const prober = createMediaProber(options);
  probers.push(prober);
  return prober;
}

/** A box of MP4 around other bytes, with the size it says rather than the one it has. */
function box(type: string, content: Uint8Array = new Uint8Array(), size = content.length + 8) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

const ftyp = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1'));

describe('equal bytes', () => {
  test('are taken apart once', async () => {
    const prober = startProber();
    const probes = await Promise.all(
      Array.from({ length: 20 }, () => prober.probeVideo({ path: passPath }, 'same')),
    );
    expect(new Set(probes).size).toBe(1);
    expect(prober.counters).toEqual({ parsed: 1, reused: 19 });
    await prober.probeVideo({ path: passPath }, 'other');
    await prober.probeVideo({ path: passPath });
    expect(prober.counters).toEqual({ parsed: 3, reused: 19 });
  });

  test('are forgotten when others came since', async () => {
    const prober = startProber({ remembered: 2 });
    for (const digest of ['a', 'b', 'a', 'c', 'a', 'b']) {
      await prober.probeVideo({ path: passPath }, digest);
    }
    // a, b, [a], c (b goes), [a], b again
    expect(prober.counters).toEqual({ parsed: 4, reused: 2 });
  });

  test('are a photo or a video, as asked', async () => {
    const prober = startProber();
    expect(await prober.probeVideo({ path: passPath }, 'same')).toMatchObject({ readable: true });
    expect(await prober.probePhoto({ path: passPath }, 'same')).toMatchObject({ readable: false });
  });
});

describe('a hostile file', () => {
  test.each<[string, () => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['one byte', () => Buffer.from([0])],
    ['zeros', () => Buffer.alloc(10_000)],
    ['only a file type', () => ftyp],
    ['an empty index', () => Buffer.concat([ftyp, box('moov')])],
    ['a box of size 2', () => Buffer.concat([ftyp, box('moov', pass, 2)])],
    ['a box of 4 GB', () => Buffer.concat([ftyp, box('moov', pass, 0xffffffff)])],
    ['a box of 2^63 bytes', () => Buffer.concat([ftyp, box('moov', Buffer.alloc(8, 0x7f), 1)])],
    ['100,000 empty boxes', () => Buffer.concat([ftyp, ...Array(100_000).fill(box('free'))])],
    ['boxes within boxes', () => Buffer.concat([ftyp, nested('moov', 5000)])],
    ['tracks within tracks', () => Buffer.concat([ftyp, box('moov', nested('trak', 5000))])],
    ['a sample count of four billion', () => withBigCounts()],
    ['an EBML header and nothing', () => Buffer.from('1a45dfa3', 'hex')],
    ['an endless EBML number', () => Buffer.from(`1a45dfa3${'00'.repeat(64)}`, 'hex')],
    [
      'a segment of unknown size',
      () => Buffer.from(`1a45dfa3801853806701${'ff'.repeat(64)}`, 'hex'),
    ],
  ])('with %s ends as file_format_check_failed', async (name, make) => {
    const prober = startProber();
    const path = join(folder, `${name.replaceAll(/\W/g, '-')}.mp4`);
    await writeFile(path, make());
    const failure = checkVideo(await prober.probeVideo({ path }), { maxDurationSec: 600 });
    expect(failure?.failReason).toBe('file_format_check_failed');
    // And the prober goes on.
    expect(await prober.probeVideo({ path: passPath })).toMatchObject({ readable: true });
  });

  function nested(type: string, depth: number): Buffer {
    let inner: Buffer = Buffer.alloc(0);
    for (let level = 0; level < depth; level += 1) inner = box(type, inner);
    return inner;
  }

  /** The passing file, with every table of its index announcing far more entries than it has. */
  function withBigCounts(): Buffer {
    const bytes = Buffer.from(pass);
    for (const table of ['stsz', 'stts', 'ctts', 'stsc', 'stco', 'stss']) {
      const at = bytes.indexOf(table, 0, 'latin1');
      if (at !== -1) bytes.writeUInt32BE(0xfffffff0, at + (table === 'stsz' ? 12 : 8));
    }
    return bytes;
  }

  test('of random bytes never passes and never hangs', { timeout: 60_000 }, async () => {
    const prober = startProber();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), async (bytes) => {
        expect(await prober.probeVideo({ bytes })).toMatchObject({ readable: false });
        expect(await prober.probePhoto({ bytes })).toMatchObject({ readable: false });
      }),
      { numRuns: 200 },
    );
  });

  test('made of a good one always gets an answer', { timeout: 60_000 }, async () => {
    const prober = startProber({ timeoutMs: 300 });
    const change = fc.tuple(fc.nat(pass.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(pass);
        for (const [at, value] of changes) bytes[at] = value;
        expect(await prober.probeVideo({ bytes })).toHaveProperty('readable');
      }),
      { numRuns: 100 },
    );
  });

  test('cut anywhere is never taken for whole', async () => {
    const prober = startProber();
    for (let length = 0; length < pass.length; length += 37) {
      const probe = await prober.probeVideo({ bytes: pass.subarray(0, length) });
      expect(probe, `the first ${length} bytes`).toMatchObject({ readable: false });
    }
  });

  test('that takes too long costs its thread, and nothing else', async () => {
    // No file is parsed in a millisecond that begins before the bytes have reached the thread.
    const prober = startProber({ timeoutMs: 0, threads: 1 });
    const probes = await Promise.all([
      prober.probeVideo({ path: passPath }, 'slow'),
      prober.probeVideo({ path: passPath }, 'slow too'),
    ]);
    for (const probe of probes) {
      expect(probe).toEqual({
        readable: false,
        detail: 'The video could not be read: it took more than 0 ms.',
      });
    }
    // Such an end is not remembered: the next time the file is looked at again.
    await prober.probeVideo({ path: passPath }, 'slow');
    expect(prober.counters).toEqual({ parsed: 3, reused: 0 });
  });

  test('that takes too much memory costs its thread, and nothing else', async () => {
    // A table of two billion equal frames, said in a few bytes.
    const bytes = Buffer.from(pass);
    const sizes = bytes.indexOf('stsz', 0, 'latin1');
    bytes.writeUInt32BE(1, sizes + 8);
    bytes.writeUInt32BE(0x7ffffff0, sizes + 12);
    bytes.writeUInt32BE(0x7ffffff0, bytes.indexOf('stts', 0, 'latin1') + 12);
    const prober = startProber({ heapMiB: 64, timeoutMs: 15_000 });
    expect(await prober.probeVideo({ bytes })).toMatchObject({
      readable: false,
      detail: expect.stringContaining('memory limit'),
    });
    expect(await prober.probeVideo({ path: passPath })).toMatchObject({ readable: true });
  });

  test('that is gone is unreadable', async () => {
    const probe = await startProber().probeVideo({ path: join(folder, 'gone.mp4') });
    expect(probe).toMatchObject({ readable: false, detail: expect.stringContaining('ENOENT') });
  });
});

describe('a large file', () => {
  test('of 4 GB is not read as a whole', async () => {
    const path = join(folder, 'large.mp4');
    const size = 4_000_000_000;
    const file = await open(path, 'w');
    await file.write(pass);
    // A box with a 64-bit size, mostly a hole in the file.
    const head = Buffer.alloc(16);
    head.writeUInt32BE(1);
    head.write('free', 4, 'latin1');
    head.writeBigUInt64BE(BigInt(size - pass.length), 8);
    await file.write(head);
    await file.truncate(size);
    await file.close();
    const prober = startProber({ timeoutMs: 1000 });
    expect(await prober.probeVideo({ path })).toEqual(await prober.probeVideo({ path: passPath }));
    await rm(path);
  });
});

describe('a prober', () => {
  test('takes many files at a time and answers each with its own', async () => {
    const prober = startProber({ threads: 2 });
    const files = ['pass.mp4', 'pass-vp9.webm', 'duration-61.mp4', 'frame-rate-61.mp4'];
    const paths = Array.from({ length: 40 }, (_, index) => files[index % files.length] ?? '');
    const probes = await Promise.all(
      paths.map((file) =>
        prober.probeVideo({ path: new URL(`./media/${file}`, import.meta.url).pathname }),
      ),
    );
    const alone = await Promise.all(
      files.map((file) =>
        prober.probeVideo({ path: new URL(`./media/${file}`, import.meta.url).pathname }),
      ),
    );
    expect(probes).toEqual(paths.map((file) => alone[files.indexOf(file)]));
  });

  test('that is closed answers what waits and what comes', async () => {
    const prober = startProber({ threads: 1 });
    const waiting = Array.from({ length: 5 }, () => prober.probeVideo({ path: passPath }));
    await prober.close();
    await prober.close();
    const probes = await Promise.all([...waiting, prober.probeVideo({ path: passPath })]);
    expect(probes).toHaveLength(6);
    for (const probe of probes) expect(probe).toMatchObject({ readable: false });
  });

  test('keeps no process alive', async () => {
    const address = new URL('../src/media/media-prober.ts', import.meta.url).href;
    const script = `
      const { createMediaProber } = await import(${JSON.stringify(address)});
      const prober = createMediaProber();
      console.log((await prober.probeVideo({ path: ${JSON.stringify(passPath)} })).readable);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 15_000,
    });
    expect(stdout).toBe('true\n');
  });
});
