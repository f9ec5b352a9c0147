import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { CreatorInfo, RateLimiter } from '../../src/index.ts';

export const CREATOR_INFO = '/v2/post/publish/creator_info/query/';
export const VIDEO_INIT = '/v2/post/publish/video/init/';
export const INBOX_INIT = '/v2/post/publish/inbox/video/init/';
export const PHOTO_INIT = '/v2/post/publish/content/init/';
export const STATUS = '/v2/post/publish/status/fetch/';
export const UPLOAD = '/upload';

/** A request as it came in. */
interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The URL as it was asked for, query included. */
  readonly url: string;
  /** The body as text; empty for uploads. */
  readonly text: string;
  /** The body as JSON, if it is that. */
  readonly json: unknown;
  /** Length of the body. */
  readonly bytes: number;
  /** SHA-256 of the body, in hex. */
  readonly sha256: string;
}

/** Answers one request; what it does not answer hangs. */
export type Reply = (response: ServerResponse, request: Received) => void;

/** What is answered on a path: to the first request, the second, … and the last to all after. */
export type Script = Readonly<Record<string, readonly Reply[]>>;

/** Answers with the envelope. */
export function ok(data: unknown): Reply {
  return json(200, { data, error: { code: 'ok', message: '', log_id: 'log-1' } });
}

/** Answers with an error of the envelope. */
export function refuse(status: number, code: string, message = ''): Reply {
  return json(status, { data: {}, error: { code, message, log_id: 'log-1' } });
}

export function json(status: number, body: unknown): Reply {
  return raw(status, JSON.stringify(body), { 'content-type': 'application/json' });
}

export function raw(status: number, text: string, headers: Record<string, string> = {}): Reply {
  return (response) => void response.writeHead(status, headers).end(text);
}

/** Cuts the connection without an answer. */
export const cut: Reply = (response) => void response.destroy();

/** Never answers. */
export const hang: Reply = () => {};

/** A status; `extra` fields are written as they are, so that ids can be bare numbers. */
export function status(value: string, extra = ''): Reply {
  const fields = `"status":"${value}"${extra === '' ? '' : `,${extra}`}`;
  return raw(200, `{"data":{${fields}},"error":{"code":"ok","message":"","log_id":"log-1"}}`);
}

export const PUBLIC_CREATOR: CreatorInfo = {
  creator_avatar_url: 'https://p16.example-cdn.test/a.jpeg',
  creator_username: 'demo_creator',
  creator_nickname: 'Demo Creator',
  privacy_level_options: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
  comment_disabled: false,
  duet_disabled: false,
  stitch_disabled: false,
  max_video_post_duration_sec: 60,
};

/** A limiter that never waits. */
export const unlimited: RateLimiter = { acquire: async () => {}, state: () => [] };

/** A listening server that says what its script says and keeps what it heard. */
export interface ScriptedTikTok extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Requests to a path. */
  to(path: string): readonly Received[];
  /** Connections that are open now and have carried a request to a path. */
  openConnections(path: string): number;
  /** Requests that are not over: neither answered nor given up. */
  openRequests(): number;
}

/**
 * Plays TikTok by a script, for what the emulator cannot: cut, hanging and foreign answers. What is
 * not in the script is a creator who may do all, an init that works, chunks that are taken, and a
 * post that is published at once.
 */
export async function playTikTok(script: Script = {}): Promise<ScriptedTikTok> {
  const received: Received[] = [];
  const sockets = new Map<Socket, Set<string>>();
  let openRequests = 0;
  const server = createServer((request, response) => {
    openRequests += 1;
    response.on('close', () => {
      openRequests -= 1;
    });
    sockets.get(request.socket)?.add(pathOf(request));
    void hear(request).then(
      (heard) => {
        received.push(heard);
        const replies = script[heard.path] ?? standardReplies(url)[heard.path] ?? [raw(404, '')];
        const count = received.filter(({ path }) => path === heard.path).length;
        replies[Math.min(count, replies.length) - 1]?.(response, heard);
      },
      () => response.destroy(),
    );
  });
  server.on('connection', (socket) => {
    sockets.set(socket, new Set());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    received,
    to: (path) => received.filter((request) => request.path === path),
    openConnections: (path) => [...sockets.values()].filter((paths) => paths.has(path)).length,
    openRequests: () => openRequests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function standardReplies(url: string): Script {
  const upload_url = `${url}${UPLOAD}?upload_id=1&upload_token=canary`;
  return {
    [CREATOR_INFO]: [ok(PUBLIC_CREATOR)],
    [VIDEO_INIT]: [ok({ publish_id: 'v_pub_file~v2-1.1', upload_url })],
    [INBOX_INIT]: [ok({ publish_id: 'v_inbox_file~v2.1', upload_url })],
    [PHOTO_INIT]: [ok({ publish_id: 'p_pub_url~v2.1' })],
    [STATUS]: [status('PUBLISH_COMPLETE', '"publicaly_available_post_id":[7678907398077074696]')],
    [UPLOAD]: [takeChunk],
  };
}

/** Takes any chunk: 206, and 201 for the last. */
export const takeChunk: Reply = (response, { headers }) => {
  const range = /bytes \d+-(\d+)\/(\d+)/.exec(headers['content-range'] ?? '');
  const isLast = Number(range?.[1]) + 1 === Number(range?.[2]);
  const progress = `bytes 0-${range?.[1]}/${range?.[2]}`;
  response.writeHead(isLast ? 201 : 206, { 'content-range': progress }).end();
};

async function hear(request: IncomingMessage): Promise<Received> {
  const pathname = pathOf(request);
  const parts: Buffer[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    hash.update(part);
    if (pathname !== UPLOAD) parts.push(part);
  }
  const text = Buffer.concat(parts).toString();
  const { method = '', url = '', headers } = request;
  const isJson = headers['content-type']?.startsWith('application/json') === true && text !== '';
  const body: unknown = isJson ? JSON.parse(text) : undefined;
  const sha256 = hash.digest('hex');
  return { method, path: pathname, url, headers, bytes, sha256, text, json: body };
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://host').pathname;
}
