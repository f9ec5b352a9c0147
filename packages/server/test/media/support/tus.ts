import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Who uploads, and where to. */
export interface Uploader {
  readonly url: string;
  readonly apiKey: string;
}

/** What tus says of an upload. */
export interface TusAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The problem document, where it is one. */
  readonly body: string;
  /** `Upload-Offset`. */
  readonly offset: number | undefined;
  /** Code of the problem. */
  readonly code: string | undefined;
}

/** One request of tus, by hand: what a library would hide is what is tested. */
export async function tus(
  { url, apiKey }: Uploader,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
): Promise<TusAnswer> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body, duplex: 'half' }),
  });
  const text = await answer.text();
  const offset = answer.headers.get('upload-offset');
  return {
    status: answer.status,
    headers: answer.headers,
    body: text,
    offset: offset === null ? undefined : Number(offset),
    code: text.startsWith('{') ? JSON.parse(text).code : undefined,
  };
}

/** Begins an upload, which has to work, and gives its address. */
export async function beginUpload(
  uploader: Uploader,
  size: number,
  metadata: Readonly<Record<string, string>> = { filename: 'clip.mp4' },
): Promise<string> {
  const answer = await createUpload(uploader, size, metadata);
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`${answer.status} ${answer.body}`);
  return location;
}

/** Begins an upload, whatever is answered. */
export function createUpload(
  uploader: Uploader,
  size: number,
  metadata: Readonly<Record<string, string>> = { filename: 'clip.mp4' },
): Promise<TusAnswer> {
  const pairs = Object.entries(metadata).map(
    ([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`,
  );
  return tus(uploader, 'POST', '/api/v1/uploads', {
    'upload-length': String(size),
    ...(pairs.length === 0 ? {} : { 'upload-metadata': pairs.join(',') }),
  });
}

/** Sends bytes from an offset on. */
export function sendBytes(
  uploader: Uploader,
  path: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
): Promise<TusAnswer> {
  return tus(uploader, 'PATCH', path, patchHeaders(offset), bytes);
}

/** A file comes in whole, in one go. Gives the id of its media. */
export async function upload(
  uploader: Uploader,
  bytes: Uint8Array<ArrayBuffer>,
  metadata?: Readonly<Record<string, string>>,
): Promise<string> {
  const path = await beginUpload(uploader, bytes.length, metadata);
  const answer = await sendBytes(uploader, path, 0, bytes);
  if (answer.status !== 204) throw new Error(`${answer.status} ${answer.body}`);
  return idOf(path);
}

/** Id of the media, by the address of its upload. */
export function idOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}

/** A connection that sends what it is told, and is cut. */
export async function openPatch(
  { url, apiKey }: Uploader,
  path: string,
  offset: number,
  length: number | 'chunked',
) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // It is cut by either side; the tests look at what was stored.
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (text: Buffer) => {
    answer += text.toString();
  });
  await once(socket, 'connect');
  const headers = Object.entries({
    host: `${hostname}:${port}`,
    authorization: `Bearer ${apiKey}`,
    'tus-resumable': '1.0.0',
    ...(length === 'chunked'
      ? { 'transfer-encoding': length }
      : { 'content-length': String(length) }),
    ...patchHeaders(offset),
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}`).join('\r\n');
  socket.write(`PATCH ${path} HTTP/1.1\r\n${lines}\r\n\r\n`);
  return {
    socket,
    /** What came back up to now. */
    answer: () => answer,
    send: (bytes: Uint8Array) =>
      new Promise<void>((resolve) => void socket.write(bytes, () => resolve())),
    cut: () => void socket.destroy(),
    closed: new Promise<void>((resolve) => socket.once('close', () => resolve())),
  };
}

/** SHA-256 in hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function patchHeaders(offset: number) {
  return { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
}
