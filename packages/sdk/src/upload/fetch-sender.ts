import { orAborted } from '../abort.ts';
import type { Fetch } from '../http/transport.ts';
import type { ChunkBody } from './chunk-body.ts';
import { type ChunkSender, idleError } from './chunk-sender.ts';

/** Options of {@link fetchSender}. */
export interface FetchSenderOptions {
  /** `fetch` to use; by default the runtime's. */
  readonly fetch?: Fetch | undefined;
  /**
   * How a chunk is given to `fetch`:
   *
   * - `stream`: as a stream with an explicit `Content-Length`; flat memory;
   * - `whole`: as a Blob, for runtimes that send streams without a length (`Transfer-Encoding:
   *   chunked`), which TikTok refuses. Of a source made of a Blob or a File it is a slice, which
   *   costs no memory; of any other the chunk is gathered in memory, up to 64 MB.
   *
   * By default `stream` in Node, Bun and Cloudflare Workers, which send the length, and `whole` in
   * Deno (seen to leave it out) and in browsers.
   */
  readonly body?: 'stream' | 'whole' | undefined;
}

// A Blob leaves unseen; a slow line gets this much time for it.
const SLOWEST_BYTES_PER_MS = 50;
const LONGEST_DRAIN_MS = 1_000;

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
  const isStreaming = (options.body ?? defaultBody()) === 'stream';
  return {
    async send({ url, headers, body, signal, idleTimeoutMs, onSent }) {
      const idle = new AbortController();
      const expire = () => idle.abort(idleError());
      let timer = setTimeout(expire, idleTimeoutMs);
      const touch = (extraMs = 0) => {
        clearTimeout(timer);
        timer = setTimeout(expire, idleTimeoutMs + extraMs);
      };
      const both = AbortSignal.any([signal, idle.signal]);
      const pieces = body.pieces();
      const exchange = async () => {
        const payload = isStreaming
          ? toStream(body, pieces, (bytes) => {
              touch();
              onSent(bytes);
            })
          : await toBlob(body, pieces);
        // Nobody waits any more; a deaf fetch would send all the same.
        both.throwIfAborted();
        if (!isStreaming) touch(body.length / SLOWEST_BYTES_PER_MS);
        const init = { method: 'PUT', headers, redirect: 'manual', signal: both } as const;
        // `duplex` is required for streams and ignored for the rest.
        const response = await (options.fetch ?? fetch)(url, {
          ...init,
          body: payload,
          duplex: 'half',
        } as const);
        if (!isStreaming) onSent(body.length);
        await drain(response);
        // Browsers hide what a redirect was.
        const status = response.type === 'opaqueredirect' ? 302 : response.status;
        return { status, header: (name: string) => response.headers.get(name) };
      };
      try {
        // Neither a source nor a fetch of the caller's has to listen to the signal.
        return await orAborted(exchange(), both);
      } finally {
        clearTimeout(timer);
        // An early answer leaves the body unread. Not waited for: a source that hangs would never
        // let its generator return.
        pieces.return().catch(() => undefined);
      }
    },
  };
}

/** What runtimes are told by; none of it is there everywhere. */
interface RuntimeMarks {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly Deno?: unknown;
  /** Of Cloudflare Workers: a stream whose length `fetch` knows. */
  readonly FixedLengthStream?: new (
    length: number,
  ) => TransformStream<Uint8Array, Uint8Array>;
}

/** Node and Bun keep an explicit `Content-Length` with a stream, Workers have a stream for it. */
function defaultBody(): 'stream' | 'whole' {
  const { process, Deno, FixedLengthStream } = globalThis as RuntimeMarks;
  const keepsLength = process?.versions?.node !== undefined && Deno === undefined;
  return keepsLength || FixedLengthStream !== undefined ? 'stream' : 'whole';
}

type Pieces = ReturnType<ChunkBody['pieces']>;

function toStream(
  body: ChunkBody,
  pieces: Pieces,
  onSent: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value } = await pieces.next();
        if (value === undefined) return controller.close();
        controller.enqueue(value);
        onSent(value.length);
      },
    },
    { highWaterMark: 0 },
  );
  const { FixedLengthStream } = globalThis as RuntimeMarks;
  if (FixedLengthStream === undefined) return stream;
  return stream.pipeThrough(new FixedLengthStream(body.length));
}

async function toBlob(body: ChunkBody, pieces: Pieces): Promise<Blob> {
  const slice = body.source.slice?.(body.range);
  if (slice !== undefined) {
    body.taken = body.length;
    return slice;
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  // A piece may be of shared memory, which no Blob takes.
  for await (const piece of pieces) parts.push(new Uint8Array(piece));
  return new Blob(parts);
}

/** Reads the rest of an answer, so that the connection can be used again; but not for long. */
async function drain({ body }: Response): Promise<void> {
  const enough = AbortSignal.timeout(LONGEST_DRAIN_MS);
  // The status has come and the body is not used: one that is cut does not matter.
  await body?.pipeTo(new WritableStream(), { signal: enough }).catch(() => undefined);
}
