import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A PUT as its bytes came over the socket. */
interface SeenPut {
  /** Request line and headers, exactly as sent. */
  readonly head: string;
  /** Headers by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body that came. */
  received: number;
}

/** One PUT in the hands of the script. */
export interface Turn {
  readonly put: SeenPut;
  readonly socket: Socket;
  /** Settles when as many bytes came as were declared. */
  readonly complete: Promise<void>;
  /** Sends an answer as TikTok's upload host would. */
  reply(status: number, headers?: Readonly<Record<string, string>>, body?: string): void;
  /** Keeps the chunk, if it fits the progress, and answers nothing. */
  keep(): boolean;
  /** Follows the protocol: 206, 201, or 416 with the progress. */
  accept(): Promise<void>;
}

/** What the server does with one PUT. It is called as soon as the headers are there. */
export type Step = (turn: Turn) => void | Promise<void>;

/** TikTok's upload host on a bare socket, so that nothing between it and the wire tidies up. */
export interface UploadServer extends AsyncDisposable {
  /** An `upload_url`, with a token that may be seen nowhere else. */
  readonly uploadUrl: string;
  readonly puts: readonly SeenPut[];
  /** Bytes of whole chunks that were kept. */
  readonly progress: () => number;
  /** SHA-256 of what was kept. */
  readonly sha256: () => string;
  /** Connections that are open. */
  readonly connections: () => number;
  /** Connections that there ever were. */
  readonly connectionsMade: () => number;
}

export const CANARY = 'canary-0d15ea5e';

/** Starts the server; each step of the script is for one PUT, after them it follows the protocol. */
export async function startUploadServer(script: readonly Step[] = []): Promise<UploadServer> {
  const puts: SeenPut[] = [];
  const sockets = new Set<Socket>();
  const kept: Kept = { bytes: 0, hash: createHash('sha256') };
  let made = 0;
  const server = createServer((socket) => {
    made += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that cuts the connection is what some tests are about.
    socket.on('error', () => undefined);
    void serve(socket, (put, body, complete) => {
      const step = script[puts.length] ?? ((turn: Turn) => turn.accept());
      puts.push(put);
      void step(new PutTurn(put, socket, body, complete, kept));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    uploadUrl: `http://127.0.0.1:${port}/upload?upload_id=1&upload_token=${CANARY}`,
    puts,
    progress: () => kept.bytes,
    sha256: () => kept.hash.copy().digest('hex'),
    connections: () => sockets.size,
    connectionsMade: () => made,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the server has of the video. */
interface Kept {
  bytes: number;
  readonly hash: Hash;
}

class PutTurn implements Turn {
  readonly put: SeenPut;
  readonly socket: Socket;
  readonly complete: Promise<void>;
  readonly #body: Buffer[];
  readonly #kept: Kept;

  constructor(put: SeenPut, socket: Socket, body: Buffer[], complete: Promise<void>, kept: Kept) {
    this.put = put;
    this.socket = socket;
    this.complete = complete;
    this.#body = body;
    this.#kept = kept;
  }

  reply(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    const fields = { 'content-length': String(Buffer.byteLength(body)), ...headers };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${body}`);
  }

  keep(): boolean {
    const [first] = this.#range();
    if (first !== this.#kept.bytes) return false;
    for (const piece of this.#body) this.#kept.hash.update(piece);
    this.#kept.bytes += this.put.received;
    return true;
  }

  async accept(): Promise<void> {
    await this.complete;
    const [, last, total] = this.#range();
    const isKept = this.keep();
    const status = isKept ? (last === total - 1 ? 201 : 206) : 416;
    this.reply(status, { 'content-range': `bytes 0-${this.#kept.bytes}/${total}` });
  }

  #range(): [number, number, number] {
    const value = this.put.headers.get('content-range') ?? '';
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(value) ?? [];
    return [Number(first), Number(last), Number(total)];
  }
}

/** Reads one PUT after the other from a connection. */
async function serve(
  socket: Socket,
  onPut: (put: SeenPut, body: Buffer[], complete: Promise<void>) => void,
): Promise<void> {
  let waiting = '';
  let current: { put: SeenPut; body: Buffer[]; length: number; finish: () => void } | undefined;
  const take = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    if (current === undefined) {
      waiting += bytes.toString('latin1');
      const end = waiting.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = waiting.slice(0, end + 4);
      const rest = Buffer.from(waiting.slice(end + 4), 'latin1');
      waiting = '';
      const put: SeenPut = { head, headers: readHeaders(head), received: 0 };
      const body: Buffer[] = [];
      let finish: () => void = () => undefined;
      const complete = new Promise<void>((resolve) => {
        finish = resolve;
      });
      current = { put, body, length: Number(put.headers.get('content-length')), finish };
      onPut(put, body, complete);
      take(rest);
      return;
    }
    const { put, body, length, finish } = current;
    const part = bytes.subarray(0, length - put.received);
    body.push(part);
    put.received += part.length;
    if (put.received < length) return;
    current = undefined;
    finish();
    take(bytes.subarray(part.length));
  };
  socket.on('data', take);
}

function readHeaders(head: string): ReadonlyMap<string, string> {
  const lines = head.trimEnd().split('\r\n').slice(1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
