import { TikTokTimeoutError } from '../errors.ts';
import type { ChunkBody } from './chunk-body.ts';

/** One chunk as a {@link ChunkSender} has to send it. */
export interface ChunkRequest {
  /** Where it goes, unchanged. It is a credential: it may not get into errors or logs. */
  readonly url: string;
  /** All headers of the request, `Content-Length` among them; no `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes; to be opened once. */
  readonly body: ChunkBody;
  /** How long the connection may stay without a byte moving, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Ends the request at once. */
  readonly signal: AbortSignal;
  /** To be told of every so many bytes that left. */
  readonly onSent: (bytes: number) => void;
}

/** What is read of the answer to a chunk: TikTok documents no body. */
export interface ChunkAnswer {
  /** HTTP status; 3xx too, as redirects are not followed. */
  readonly status: number;
  /** Value of a header of the answer, by its name in lower case; `null` if it is missing. */
  readonly header: (name: string) => string | null;
}

/**
 * Brings one chunk to TikTok. {@link fetchSender} serves every runtime, `nodeSender` of
 * `@greenroom/sdk/node` is faster and leaner there.
 *
 * A sender does not repeat, does not follow redirects, sends exactly the declared bytes or cuts the
 * connection, and answers as soon as the server does, also in the middle of the body.
 */
export interface ChunkSender {
  /** Sends one chunk; the next one is sent after its answer. */
  send(request: ChunkRequest): Promise<ChunkAnswer>;
  /** Closes idle connections. */
  close?(): Promise<void>;
}

/** What a sender rejects with when nothing moved for too long. */
export function idleError(): TikTokTimeoutError {
  // A chunk carries its place in the video: TikTok refuses one that it has already.
  return new TikTokTimeoutError({ code: 'timeout', isRepeatSafe: true, isRetryable: true });
}
