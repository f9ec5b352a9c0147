import type { ClientRequest, Agent as HttpAgent, IncomingMessage, RequestOptions } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { setImmediate } from 'node:timers/promises';
import {
  type ChunkAnswer,
  type ChunkRequest,
  type ChunkSender,
  idleError,
} from '../upload/chunk-sender.ts';
import { openChunkReader } from './chunk-reader.ts';

/** Options of {@link nodeSender}. */
export interface NodeSenderOptions {
  /** Certificates to trust instead of the system's, in PEM; for an emulator with a CA of its own. */
  readonly ca?: string | readonly string[] | undefined;
}

/** What {@link nodeSender} makes: a sender that holds a connection until it is closed. */
export interface NodeSender extends ChunkSender, AsyncDisposable {
  /** Closes the connection; may be called twice. */
  close(): Promise<void>;
}

// Larger ones are no faster, smaller ones cost system calls.
const BUFFER_SIZE = 1_048_576;
const LARGEST_DRAIN = 65_536;
const LONGEST_DRAIN_MS = 1_000;

/**
 * Sends chunks over `node:http` and `node:https`: one connection that is kept, and two buffers of
 * 1 MiB that take turns, one being filled while the other is sent. Fast and flat where `fetch`
 * allocates for every piece. Close it when the upload is over.
 *
 * @example
 * ```ts
 * import { nodeSender, uploadVideo, type NodeUploadOptions } from '@greenroom/sdk/node';
 *
 * export async function sendAll(uploads: NodeUploadOptions[]): Promise<void> {
 *   await using sender = nodeSender();
 *   for (const upload of uploads) await uploadVideo({ ...upload, sender });
 * }
 * ```
 */
export function nodeSender(options: NodeSenderOptions = {}): NodeSender {
  return new HttpSender(options);
}

// Not imported: an import of `node:http` looks at every name that it exports, and with `WebSocket`
// loads all of undici, which is 13 MB of memory.
const loadHttp = () => process.getBuiltinModule('node:http');
const loadHttps = () => process.getBuiltinModule('node:https');

const makeBuffer = () => Buffer.allocUnsafeSlow(BUFFER_SIZE);

const CONNECTION = { keepAlive: true, maxSockets: 1 };

class HttpSender implements NodeSender {
  readonly #ca: string[] | undefined;
  // Made at once, as it loads the module: the upload itself should not wait for that.
  readonly #http: HttpAgent;
  #https: HttpsAgent | undefined;
  // Kept from chunk to chunk. Whoever writes has them alone: uploads to two hosts write at once.
  #buffers: readonly [Buffer, Buffer] | undefined;

  constructor({ ca }: NodeSenderOptions) {
    this.#ca = ca === undefined ? undefined : [ca].flat();
    this.#http = new (loadHttp().Agent)(CONNECTION);
  }

  async send(request: ChunkRequest): Promise<ChunkAnswer> {
    const outgoing = this.#open(request);
    const answer = waitForAnswer(outgoing);
    try {
      const isWhole = await this.#write(outgoing, request, answer);
      const response = await answer.promise;
      // What came before the end of the body is true, but its connection cannot be used again.
      if (isWhole) await drain(response);
      else outgoing.destroy();
      const { statusCode: status = 0, headers } = response;
      return { status, header: (name) => [headers[name] ?? null].flat()[0] ?? null };
    } catch (error) {
      outgoing.destroy();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#http.destroy();
    this.#https?.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open({ url, headers, signal, idleTimeoutMs }: ChunkRequest): ClientRequest {
    // The option, not the method: it counts while the connection is made, too.
    const options = { method: 'PUT', headers, signal, timeout: idleTimeoutMs };
    const outgoing = this.#request(new URL(url), options);
    // Refuses more or fewer bytes than declared; Node's types have it for answers only.
    Object.assign(outgoing, { strictContentLength: true });
    // Without it nothing leaves before the first bytes of the source are there, and a server that
    // refuses at once could not say so.
    outgoing.flushHeaders();
    outgoing.on('timeout', () => outgoing.destroy(idleError()));
    return outgoing;
  }

  #request(url: URL, options: RequestOptions): ClientRequest {
    if (url.protocol === 'https:') {
      const { Agent, request } = loadHttps();
      const trust = this.#ca === undefined ? {} : { ca: this.#ca };
      this.#https ??= new Agent({ ...CONNECTION, ...trust });
      return request(url, { ...options, agent: this.#https });
    }
    return loadHttp().request(url, { ...options, agent: this.#http });
  }

  /** Writes the body, until it is complete or an answer comes; tells whether it is complete. */
  async #write(
    outgoing: ClientRequest,
    { body, onSent }: ChunkRequest,
    answer: PendingAnswer,
  ): Promise<boolean> {
    const buffers = this.#buffers ?? [makeBuffer(), makeBuffer()];
    this.#buffers = undefined;
    const connected = waitForConnection(outgoing);
    const reader = await openChunkReader(body);
    try {
      let written: Promise<unknown> = Promise.resolve();
      let turn = 0;
      for (let left = body.length; left > 0; turn = 1 - turn) {
        const buffer = turn === 0 ? buffers[0] : buffers[1];
        const count = await Promise.race([reader.read(buffer), answer.promise]);
        // What was never connected has not sent anything.
        await Promise.race([connected, answer.promise]);
        await Promise.race([written, answer.promise]);
        // A turn of the event loop: what the server said meanwhile is read before the next write,
        // which would fail with EPIPE and take the server's answer with it.
        await setImmediate();
        if (answer.isThere() || typeof count !== 'number') return false;
        body.taken += count;
        written = write(outgoing, buffer.subarray(0, count), answer).then(() => onSent(count));
        // Looked at in the next turn; until then its failure is not unhandled.
        written.catch(() => undefined);
        left -= count;
      }
      await Promise.race([written, answer.promise]);
      // The last bytes may be on their way still when the server refuses.
      if (outgoing.writableLength > 0) return false;
      outgoing.end();
      // Only now: those of a body that is not complete may still be read or written.
      this.#buffers = buffers;
      return true;
    } finally {
      await reader.close();
    }
  }
}

function waitForConnection(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('socket', (socket) => {
      // One that is kept from the chunk before is connected already.
      if (!socket.connecting) return resolve();
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => resolve());
    });
  });
}

/** The answer to a request, once it comes; `isThere` tells without waiting. */
interface PendingAnswer {
  readonly promise: Promise<IncomingMessage>;
  readonly isThere: () => boolean;
}

function waitForAnswer(outgoing: ClientRequest): PendingAnswer {
  let isThere = false;
  const promise = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.once('response', (response) => {
      // A body that is cut does not matter: the status has come.
      response.on('error', () => undefined);
      isThere = true;
      resolve(response);
    });
  });
  // It may fail while nobody waits for it; whoever does still learns of it.
  promise.catch(() => undefined);
  return { promise, isThere: () => isThere };
}

function write(
  outgoing: ClientRequest,
  bytes: Uint8Array,
  answer: PendingAnswer,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    outgoing.write(bytes, (error) => {
      // The answer knows better: it may have come, or it fails with what the socket failed with.
      if (error) answer.promise.then(resolve, reject);
      else resolve(undefined);
    });
  });
}

/** Reads the rest of a short answer, so that the connection can be used again. */
async function drain(response: IncomingMessage): Promise<void> {
  const timer = setTimeout(() => response.destroy(), LONGEST_DRAIN_MS);
  try {
    let total = 0;
    for await (const piece of response) {
      total += (piece as Buffer).byteLength; // no encoding is set
      if (total > LARGEST_DRAIN) break;
    }
  } catch {
    // The status has come and the body is not used.
  } finally {
    clearTimeout(timer);
  }
}
