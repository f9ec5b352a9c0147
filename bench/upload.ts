/**
 * `npm run bench:upload`: the SDK's upload of large files, in chunks over `node:http`, against `curl -T` of the whole
 * file to the same receiver in the same run: a sink that throws the bytes away, plain and over TLS 1.3, and the
 * emulator, which hashes and stores them. Every upload is a process of its own; the two take turns, and the middle of
 * their figures is compared.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLargeVideo } from '@greenroom/examples/large-video';
import { planUploads } from '@greenroom/sdk';
import { generate } from 'selfsigned';
import { isQuick, median, type Row, report } from './report.ts';
import { startSink, type Upload, uploadWithCurl, uploadWithSdk } from './support/processes.ts';
import { startReceiver } from './support/receiver.ts';

const VIDEO = fileURLToPath(new URL('../packages/emulator/test/media/pass.mp4', import.meta.url));
const SMALL = 10_000_000;
const MIDDLE = 1_000_000_000;
const LARGEST = 4_000_000_000;
const SIZES = isQuick() ? [MIDDLE] : [MIDDLE, LARGEST];
/** Short uploads are troubled more by whatever else the machine does. */
const RUNS = isQuick() ? 5 : 15;
const RUNS_OF_LARGEST = 7;
const RECEIVER_RUNS = isQuick() ? 3 : 5;
const MB = 1_000_000;
const LIMIT_PEAK_MB = 80;
const LIMIT_GROWTH_MB = 10;
const LIMIT_EMULATOR_GROWTH_MB = 32;
const LIMITS = 'limit of the project';

const rows: Row[] = [];
const notes: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-upload-'));
try {
  const paths = new Map<number, string>();
  for (const size of [SMALL, ...SIZES]) {
    const path = join(folder, `${size}.mp4`);
    await writeLargeVideo(path, size, VIDEO);
    paths.set(size, path);
  }
  await measurePlain(paths);
  await measureTls(paths);
  await measureReceiver(paths);
} finally {
  await rm(folder, { recursive: true, force: true });
}
report('upload', rows, notes);

/** Throughput against curl, and memory by size. */
async function measurePlain(paths: ReadonlyMap<number, string>): Promise<void> {
  await using sink = await startSink();
  let peak = 0;
  for (const size of SIZES) {
    const path = pathOf(paths, size);
    const ours: Upload[] = [];
    const curls: number[] = [];
    const runs = size === LARGEST ? RUNS_OF_LARGEST : RUNS;
    // Not counted: it brings the file into the page cache, where both find it then.
    await uploadWithCurl(path, sink.url);
    await takeTurns(runs, [
      async () => void ours.push(await uploadWithSdk(path, sink.url)),
      async () => void curls.push(await uploadWithCurl(path, sink.url)),
    ]);
    peak = Math.max(...ours.map((upload) => upload.peakBytes)) / MB;
    rows.push({
      figure: `${nameOf(size)} in chunks to a sink, MB/s, median of ${runs}`,
      ours: perSecond(size, median(ours.map((upload) => upload.seconds))),
      reference: perSecond(size, median(curls)),
      reference_name: 'curl -T of the whole file, same sink',
      must: { at_least: 1 },
    });
  }
  const small: number[] = [];
  for (let run = 0; run < RECEIVER_RUNS; run += 1) {
    small.push((await uploadWithSdk(pathOf(paths, SMALL), sink.url)).peakBytes / MB);
  }
  const name = nameOf(SIZES.at(-1) ?? 0);
  rows.push(limit(`peak memory of the uploading process at ${name}, MB`, peak, LIMIT_PEAK_MB));
  const growth = peak - median(small);
  rows.push(limit(`the same, above that at ${nameOf(SMALL)}, MB`, growth, LIMIT_GROWTH_MB));
}

/** The same upload with and without TLS, in turns. */
async function measureTls(paths: ReadonlyMap<number, string>): Promise<void> {
  const certificate = await makeCertificate();
  const { certPath } = certificate;
  await using plainSink = await startSink();
  await using tlsSink = await startSink(certificate);
  const size = SIZES.at(-1) ?? 0;
  const path = pathOf(paths, size);
  const plain: number[] = [];
  const tls: number[] = [];
  const curls: number[] = [];
  const trust = ['--cacert', certPath];
  await takeTurns(RECEIVER_RUNS, [
    async () => void plain.push((await uploadWithSdk(path, plainSink.url)).seconds),
    async () => void tls.push((await uploadWithSdk(path, tlsSink.url, certPath)).seconds),
    async () => void curls.push(await uploadWithCurl(path, tlsSink.url, [], trust)),
  ]);
  rows.push({
    figure: `${nameOf(size)} over TLS 1.3, MB/s, median of ${RECEIVER_RUNS}`,
    ours: perSecond(size, median(tls)),
    reference: perSecond(size, median(plain)),
    reference_name: 'ours without TLS',
    must: { at_least: 0.5 },
  });
  notes.push(`curl -T over TLS 1.3: ${Math.round(perSecond(size, median(curls)))} MB/s`);
}

async function measureReceiver(paths: ReadonlyMap<number, string>): Promise<void> {
  await using receiver = await startReceiver();
  const size = SIZES.at(-1) ?? 0;
  const path = pathOf(paths, size);
  const seconds: number[] = [];
  const curls: number[] = [];
  const viaSdk = async (bytes: number) => {
    const [plan] = planUploads(bytes);
    const url = await receiver.init(bytes, plan.chunk_size);
    const upload = await uploadWithSdk(pathOf(paths, bytes), url);
    await receiver.finish(bytes);
    return upload.seconds;
  };
  // Its memory after what needs little is what it is compared with.
  for (let run = 0; run < RECEIVER_RUNS; run += 1) await viaSdk(SMALL);
  const peakAtSmall = receiver.takePeak();
  await takeTurns(RECEIVER_RUNS, [
    async () => void seconds.push(await viaSdk(size)),
    async () => {
      const url = await receiver.init(size, size);
      const range = `Content-Range: bytes 0-${size - 1}/${size}`;
      curls.push(await uploadWithCurl(path, url, ['Content-Type: video/mp4', range]));
      await receiver.finish(size);
    },
  ]);
  rows.push({
    figure: `${nameOf(size)} in chunks to the emulator, MB/s, median of ${RECEIVER_RUNS}`,
    ours: perSecond(size, median(seconds)),
    reference: perSecond(size, median(curls)),
    reference_name: 'curl -T of the whole file, same emulator',
    must: { at_least: 0.9 },
  });
  const growth = (receiver.takePeak() - peakAtSmall) / MB;
  const figure = `peak memory of the emulator at ${nameOf(size)}, above that at ${nameOf(SMALL)}, MB`;
  rows.push(limit(figure, Math.max(0, growth), LIMIT_EMULATOR_GROWTH_MB));
}

/** Runs all of them as often, one after the other, in an order that turns round every time. */
async function takeTurns(runs: number, works: readonly (() => Promise<void>)[]): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    for (const work of run % 2 === 0 ? works : works.toReversed()) await work();
  }
}

async function makeCertificate(): Promise<{ keyPath: string; certPath: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'sink' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const certificate = { keyPath: join(folder, 'key.pem'), certPath: join(folder, 'cert.pem') };
  await writeFile(certificate.keyPath, key);
  await writeFile(certificate.certPath, cert);
  return certificate;
}

function limit(figure: string, ours: number, reference: number): Row {
  return { figure, ours, reference, reference_name: LIMITS, must: { at_most: 1 } };
}

function pathOf(paths: ReadonlyMap<number, string>, size: number): string {
  const path = paths.get(size);
  if (path === undefined) throw new Error(`there is no file of ${size} bytes`);
  return path;
}

function nameOf(size: number): string {
  return size < MIDDLE ? `${size / MB} MB` : `${size / MIDDLE} GB`;
}

function perSecond(bytes: number, seconds: number): number {
  return bytes / MB / seconds;
}
