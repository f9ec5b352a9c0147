import type { ChunkBody } from './chunk-body.ts';
import { type ChunkAnswer, type ChunkSender, idleError } from './chunk-sender.ts';

/** Options of {@link fetchSender}. */
export interface FetchSenderOptions {
  /** `fetch` to use; by default the runtime's. */
  readonly fetch?: typeof fetch | undefined;
  /**
   * How a chunk is given to `fetch`:
   *
   * - `stream`: as a stream with an explicit `Content-Length`; flat memory;
   * - `whole`: as a Blob, for runtimes that send streams without a length (`Transfer-Encoding:
   *   chunked`), which TikTok refuses. Of a source made of a Blob or a File it is a slice, which
   *   costs no memory; of any other the chunk is gathered in memory, up to 64 MB.
   *
   * By default `stream` in Node, Bun and Cloudflare Workers, which were seen to send the length,
   * and `whole` in Deno and in browsers, which were not.
   */
  readonly body?: 'stream' | 'whole' | undefined;
}

/**
 * Sends chunks with `fetch`: the sender for every runtime. In Node `nodeSender` of
 * `@greenroom/sdk/node` is several times faster and needs less memory.
 *
 * @example
 * ```ts
 * import { fetchSender } from '@greenroom/sdk';
 *
 * const sender = fetchSender({ body: 'stream' });
 * ```
 */
export function fetchSender(options: FetchSenderOptions = {}): ChunkSender {
  const { body = canStream() ? 'stream' : 'whole' } = options;
  return {
    async send(request) {
      const idle = startIdleTimer(request.idleTimeoutMs);
      const signal = AbortSignal.any([request.signal, idle.signal]);
      const onSent = (bytes: number) => {
        idle.restart();
        request.onSent(bytes);
      };
      try {
        const payload = await toPayload(request.body, body, onSent);
        // A Blob leaves unseen: it gets the time of a slow line, and counts when the answer came.
        if (body === 'whole') idle.restart(request.body.length / SLOWEST_BYTES_PER_MS);
        const init = { method: 'PUT', headers: request.headers, redirect: 'manual' } as const;
        const send = options.fetch ?? fetch;
        // `duplex` is required for streams and ignored for the rest.
        const more = { body: payload, signal, duplex: 'half' } as const;
        const response = await send(request.url, { ...init, ...more });
        if (body === 'whole') onSent(request.body.length);
        await drain(response);
        return toAnswer(response);
      } finally {
        idle.stop();
      }
    },
  };
}

/** Node and Bun keep an explicit `Content-Length` with a stream, Workers have a stream for it. */
function canStream(): boolean {
  const { process, Deno, FixedLengthStream } = globalThis as RuntimeMarks;
  if (FixedLengthStream !== undefined) return true;
  return process?.versions?.node !== undefined && Deno === undefined;
}

/** What runtimes can be told by; none of it is there everywhere. */
interface RuntimeMarks {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly Deno?: unknown;
  /** Of Cloudflare Workers: a stream whose length is known to `fetch`. */
  readonly FixedLengthStream?: new (
    length: number,
  ) => TransformStream<Uint8Array, Uint8Array>;
}

async function toPayload(
  body: ChunkBody,
  mode: 'stream' | 'whole',
  onSent: (bytes: number) => void,
): Promise<Blob | ReadableStream<Uint8Array>> {
  if (mode === 'whole') return body.toBlob() ?? gather(body);
  const stream = toStream(body.pieces(), onSent);
  const { FixedLengthStream } = globalThis as RuntimeMarks;
  return FixedLengthStream === undefined
    ? stream
    : stream.pipeThrough(new FixedLengthStream(body.length));
}

async function gather(body: ChunkBody): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of body.pieces()) parts.push(new Uint8Array(piece));
  return new Blob(parts);
}

function toStream(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  onSent: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value } = await pieces.next();
        if (value === undefined) {
          controller.close();
          return;
        }
        controller.enqueue(value);
        onSent(value.byteLength);
      },
      cancel() {
        // Not waited for: a source that hangs would never let its generator return.
        pieces.return().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function toAnswer(response: Response): ChunkAnswer {
  // Browsers hide what a redirect was; its status is then 0.
  const status = response.type === 'opaqueredirect' ? 302 : response.status;
  return { status, header: (name) => response.headers.get(name) };
}

const SLOWEST_BYTES_PER_MS = 50;
const LONGEST_DRAIN_MS = 1_000;
const LARGEST_DRAIN = 65_536;

/** Reads the rest of a short answer, so that the connection can be used again. */
async function drain(response: Response): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), LONGEST_DRAIN_MS);
  try {
    for (let total = 0; total <= LARGEST_DRAIN; ) {
      const { done, value } = await reader.read();
      if (done) return;
      total += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The status has come and the body is not used: a body that was cut does not matter.
  } finally {
    clearTimeout(timer);
  }
}

/** Aborts its signal when nothing restarted it for a while. */
function startIdleTimer(idleTimeoutMs: number) {
  const controller = new AbortController();
  const expire = () => controller.abort(idleError(idleTimeoutMs));
  let timer = setTimeout(expire, idleTimeoutMs);
  return {
    signal: controller.signal,
    restart: (extraMs = 0) => {
      clearTimeout(timer);
      timer = setTimeout(expire, idleTimeoutMs + extraMs);
    },
    stop: () => clearTimeout(timer),
  };
}
