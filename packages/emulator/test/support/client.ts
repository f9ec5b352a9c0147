import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RunningEmulator } from '../../src/index.ts';

/** An answer of TikTok's API: status, headers, text and what the text parses to. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: AnswerBody;
}

/** What the answers of TikTok's API carry; each endpoint fills its own fields. */
interface AnswerBody {
  readonly data: {
    readonly publish_id: string;
    readonly upload_url: string;
    readonly status: string;
    readonly fail_reason?: string;
    readonly publicaly_available_post_id: readonly unknown[];
    readonly uploaded_bytes?: number;
    readonly downloaded_bytes?: number;
    readonly user: Readonly<Record<string, unknown>>;
    readonly videos: readonly Readonly<Record<string, unknown>>[];
    readonly cursor: number;
    readonly has_more: boolean;
  };
  readonly error: { readonly code: string; readonly message: string; readonly log_id: string };
}

/** A client of the emulator with one token, over real HTTP. */
export interface TestClient {
  readonly token: string;
  readonly open_id: string;
  post(path: string, body?: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  status(publishId: string): Promise<Answer>;
}

/** Who the client is, and what it may do. */
export interface TestClientOptions {
  readonly client_key?: string;
  readonly username?: string;
  readonly scopes?: string[];
}

/** Signs a creator in without a browser. */
export async function signIn(
  tiktok: RunningEmulator,
  options: TestClientOptions = {},
): Promise<TestClient> {
  const { client_key = 'audited', username = 'public_creator', scopes } = options;
  const answer = await tiktok.control.createToken({
    client_key,
    username,
    ...(scopes === undefined ? {} : { scopes }),
  });
  const authorization = `Bearer ${answer.access_token}`;
  const post = (path: string, body?: unknown): Promise<Answer> =>
    call(`${tiktok.url}${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json; charset=UTF-8' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    token: answer.access_token,
    open_id: answer.open_id,
    post,
    get: (path) => call(`${tiktok.url}${path}`, { headers: { authorization } }),
    status: (publishId) => post(STATUS, { publish_id: publishId }),
  };
}

/** Sends one request and reads the answer. */
export async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const { status, headers } = response;
  // Answers that are no JSON have no body that a test looks at.
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as AnswerBody;
  return { status, headers, text, body };
}

export const CREATOR_INFO = '/v2/post/publish/creator_info/query/';
export const VIDEO_INIT = '/v2/post/publish/video/init/';
export const INBOX_INIT = '/v2/post/publish/inbox/video/init/';
export const CONTENT_INIT = '/v2/post/publish/content/init/';
export const STATUS = '/v2/post/publish/status/fetch/';
export const CANCEL = '/v2/post/publish/cancel/';

/** `source_info` of a file that goes in one chunk. */
export function wholeFile(size: number): object {
  return { source: 'FILE_UPLOAD', video_size: size, chunk_size: size, total_chunk_count: 1 };
}

/** The body of a direct post of a file that goes in one chunk. */
export function directPost(size: number, postInfo: object = {}): object {
  return {
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'first light', ...postInfo },
    source_info: wholeFile(size),
  };
}

/** The body of a post of photos. */
export function photoPost(urls: readonly string[], more: PhotoPostFields = {}): object {
  return {
    media_type: 'PHOTO',
    post_mode: more.post_mode ?? 'DIRECT_POST',
    post_info: { privacy_level: 'PUBLIC_TO_EVERYONE', title: 'three rooms', ...more.post_info },
    source_info: { source: 'PULL_FROM_URL', photo_images: urls, photo_cover_index: 0 },
  };
}

interface PhotoPostFields {
  readonly post_mode?: string;
  readonly post_info?: object;
}

/** A file of `test/media`, which has one for every property that TikTok looks at. */
export function mediaFile(name: string): Buffer {
  return readFileSync(new URL(`../media/${name}`, import.meta.url));
}

/** A video that breaks no rule. */
export const goodVideo = mediaFile('pass.mp4');

/** Lowercase hex SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends a range of a file to an `upload_url`; header by header as TikTok wants it, unless told otherwise. */
export function putChunk(
  uploadUrl: string,
  bytes: Buffer,
  range: { readonly first: number; readonly last: number; readonly total: number },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { first, last, total } = range;
  return call(uploadUrl, {
    method: 'PUT',
    headers: {
      'content-type': 'video/mp4',
      'content-range': `bytes ${first}-${last}/${total}`,
      ...headers,
    },
    body: new Uint8Array(bytes.subarray(first, last + 1)),
  });
}

/** Sends a whole file in one chunk. */
export function putWhole(uploadUrl: string, bytes: Buffer): Promise<Answer> {
  const total = bytes.length;
  return putChunk(uploadUrl, bytes, { first: 0, last: total - 1, total });
}

/** Inits and uploads a video, which is then processed. */
export async function uploadVideo(
  client: TestClient,
  options: { readonly bytes?: Buffer; readonly path?: string; readonly post_info?: object } = {},
): Promise<string> {
  const { bytes = goodVideo, path = VIDEO_INIT, post_info = {} } = options;
  const init = await client.post(
    path,
    path === INBOX_INIT
      ? { source_info: wholeFile(bytes.length) }
      : directPost(bytes.length, post_info),
  );
  if (init.status !== 200) throw new Error(`init was refused: ${init.text}`);
  const put = await putWhole(init.body.data.upload_url, bytes);
  if (put.status !== 201) throw new Error(`the upload was refused: ${put.status}`);
  return init.body.data.publish_id;
}

/** Names of the rules that were broken so far, oldest first. */
export async function brokenRules(tiktok: RunningEmulator): Promise<string[]> {
  return (await tiktok.control.listViolations()).violations.map(({ rule }) => rule);
}
