import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SINK = fileURLToPath(new URL('./sink.ts', import.meta.url));
const UPLOAD = fileURLToPath(new URL('./upload-child.js', import.meta.url));

/** A sink in a process of its own. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
}

/** Where a key and its certificate are, in PEM. */
export interface Certificate {
  readonly keyPath: string;
  readonly certPath: string;
}

/** Starts a sink; with a certificate it speaks TLS 1.3 only. */
export async function startSink(certificate?: Certificate): Promise<Sink> {
  const files = certificate === undefined ? [] : [certificate.keyPath, certificate.certPath];
  const child = spawn(process.execPath, [SINK, ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await readLine(child);
  const protocol = certificate === undefined ? 'http' : 'https';
  return {
    url: `${protocol}://127.0.0.1:${port}/upload`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** What an upload took. */
export interface Upload {
  /** From the first byte of the request to the end of the last answer. */
  readonly seconds: number;
  /** Peak resident memory of the process, in bytes. */
  readonly peakBytes: number;
}

/** Uploads a file with the SDK, in chunks, in a process of its own. */
export async function uploadWithSdk(path: string, url: string, caPath?: string): Promise<Upload> {
  const files = caPath === undefined ? [path, url] : [path, url, caPath];
  const { stdout } = await run(process.execPath, [UPLOAD, ...files]);
  // Written by our own process.
  const { seconds, peakBytes, retries } = JSON.parse(stdout) as Upload & { retries: number };
  if (retries > 0) throw new Error(`the upload needed ${retries} repeats: not a measurement`);
  return { seconds, peakBytes };
}

/** Uploads the whole file with `curl -T`, and gives the seconds that curl says it took. */
export async function uploadWithCurl(
  path: string,
  url: string,
  headers: readonly string[] = [],
  options: readonly string[] = [],
): Promise<number> {
  const fields = headers.flatMap((header) => ['-H', header]);
  const format = ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{time_total}'];
  const { stdout } = await run('curl', [...format, ...fields, ...options, '-T', path, url]);
  const [status, seconds] = stdout.split(' ');
  if (status !== '201') throw new Error(`curl was answered ${status}`);
  return Number(seconds);
}

async function readLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no stdout');
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the process ended before it was ready');
  });
  const [line]: string[] = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => undefined);
  return line ?? '';
}
