import { TikTokUploadError } from '../errors.ts';
import { readInTime } from './read-in-time.ts';
import type { VideoSource } from './video-source.ts';

/** Options of {@link urlSource}. */
export interface UrlSourceOptions {
  /** `fetch` to use; by default the runtime's. */
  readonly fetch?: typeof fetch | undefined;
  /** Headers to send with every request, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the first request. Each range has a signal of its own. */
  readonly signal?: AbortSignal | undefined;
  /** How long the first request may take, in milliseconds; by default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Takes a video from a URL whose server answers byte ranges, such as a signed URL of object
 * storage. Each chunk is one request. What the URL leads to may not change meanwhile: size, `ETag`
 * and `Last-Modified` have to stay the same.
 *
 * @param url - Where the video is. It may be a credential: it is not in errors.
 * @throws {TikTokUploadError} `source_url_unusable` if the server does not answer ranges,
 * `source_failed` if it cannot be reached, fails or does not answer in time.
 * @example
 * ```ts
 * import { urlSource, type VideoSource } from '@greenroom/sdk';
 *
 * export async function fromStorage(signedUrl: string): Promise<VideoSource> {
 *   return urlSource(signedUrl);
 * }
 * ```
 */
export async function urlSource(
  url: string | URL,
  options: UrlSourceOptions = {},
): Promise<VideoSource> {
  const address = String(url);
  const { signal, timeoutMs = 30_000 } = options;
  const { size, identity } = await readInTime(timeoutMs, signal, async (signal) => {
    const probe = await requestRange(address, 'bytes=0-0', options, signal);
    await probe.response.body?.cancel();
    return probe;
  });
  return {
    size,
    fingerprint: identity,
    async open({ first, last }, signal) {
      const got = await requestRange(address, `bytes=${first}-${last}`, options, signal);
      const { body } = got.response;
      if (got.identity === identity && got.range === `${first}-${last}` && body !== null)
        return body;
      await body?.cancel();
      const isSame = got.identity === identity;
      throw urlError(isSame ? 'source_url_unusable' : 'source_changed');
    },
  };
}

interface RangeAnswer {
  readonly response: Response;
  /** `first-last`, as the server states it. */
  readonly range: string;
  /** Size of the whole file, in bytes. */
  readonly size: number;
  /** What the server tells one content from another by. */
  readonly identity: string;
}

async function requestRange(
  url: string,
  range: string,
  options: UrlSourceOptions,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  // A compressed answer would count other bytes than the file's.
  const headers = { ...options.headers, range, 'accept-encoding': 'identity' };
  const send = options.fetch ?? fetch;
  const response = await send(url, { headers, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new TikTokUploadError({ code: 'source_failed', cause, secrets: [url] });
  });
  const get = (name: string) => response.headers.get(name) ?? '';
  const stated = /^bytes (\d+-\d+)\/(\d+)$/.exec(get('content-range'));
  if (response.status === 206 && stated !== null && /^(identity)?$/.test(get('content-encoding'))) {
    const [, got = '', size = ''] = stated;
    const identity = `${size}:${get('etag') || get('last-modified')}`;
    return { response, range: got, size: Number(size), identity };
  }
  await response.body?.cancel();
  throw urlError(codeOf(response.status), response.status);
}

function codeOf(status: number): string {
  // The range was within the size that this server stated before.
  if (status === 416) return 'source_changed';
  return status >= 500 || status === 429 ? 'source_failed' : 'source_url_unusable';
}

function urlError(code: string, status?: number): TikTokUploadError {
  return new TikTokUploadError({ code, status });
}
