import { TikTokUploadError } from '../errors.ts';
import { redactCause } from '../redact.ts';
import type { ByteRange } from './chunk-plan.ts';
import type { VideoSource } from './video-source.ts';

/** Options of {@link urlSource}. */
export interface UrlSourceOptions {
  /** `fetch` to use; by default the runtime's. */
  readonly fetch?: typeof fetch | undefined;
  /** Headers to send with every request, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the first request. Each range has a signal of its own. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes a video from a URL whose server answers byte ranges, such as a signed URL of object
 * storage. Each chunk is one request. What the URL leads to may not change meanwhile: size, `ETag`
 * and `Last-Modified` have to stay the same.
 *
 * @param url - Where the video is. It may be a credential: it is not in errors.
 * @throws {TikTokUploadError} `source_url_unusable` if the server does not answer ranges,
 * `source_failed` if it cannot be reached or fails.
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
  const { signal = new AbortController().signal } = options;
  const address = String(url);
  const probe = await requestRange(address, { first: 0, last: 0 }, options, signal);
  await probe.body?.cancel();
  const { size } = readContentRange(probe);
  const identity = identityOf(probe);
  return {
    size,
    fingerprint: `${size}:${identity}`,
    async open(range, rangeSignal) {
      const response = await requestRange(address, range, options, rangeSignal);
      const got = readContentRange(response);
      const isSame = got.size === size && identityOf(response) === identity;
      if (
        isSame &&
        got.first === range.first &&
        got.last === range.last &&
        response.body !== null
      ) {
        return response.body;
      }
      await response.body?.cancel();
      if (!isSame) throw urlError('source_changed', 'The URL leads to another file than before.');
      throw urlError('source_url_unusable', 'The server answered another range than asked for.');
    },
  };
}

async function requestRange(
  url: string,
  { first, last }: ByteRange,
  options: UrlSourceOptions,
  signal: AbortSignal,
): Promise<Response> {
  // A compressed answer would count other bytes than the file's.
  const fixed = { range: `bytes=${first}-${last}`, 'accept-encoding': 'identity' };
  const send = options.fetch ?? fetch;
  let response: Response;
  try {
    response = await send(url, { headers: { ...options.headers, ...fixed }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const message = 'The URL of the video could not be reached.';
    const cause = redactCause(error, [url]);
    throw new TikTokUploadError({ code: 'source_failed', message, cause, secrets: [url] });
  }
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (response.status === 206 && encoding === 'identity') return response;
  await response.body?.cancel();
  throw refusal(response.status);
}

function refusal(status: number): TikTokUploadError {
  if (status === 200 || status === 206) {
    return urlError('source_url_unusable', 'The server of the video does not answer byte ranges.');
  }
  // The range was within the size that this server stated before.
  if (status === 416 || status === 412) {
    return urlError('source_changed', 'The file at the URL has become smaller.');
  }
  const isPassing = status >= 500 || status === 429;
  const code = isPassing ? 'source_failed' : 'source_url_unusable';
  return urlError(code, `The server of the video answered ${status}.`);
}

function readContentRange(response: Response): ByteRange & { readonly size: number } {
  const header = response.headers.get('content-range') ?? '';
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header);
  if (match === null) {
    throw urlError('source_url_unusable', 'The server does not say which bytes it answered.');
  }
  return { first: Number(match[1]), last: Number(match[2]), size: Number(match[3]) };
}

function identityOf(response: Response): string {
  const { headers } = response;
  return headers.get('etag') ?? headers.get('last-modified') ?? '';
}

function urlError(code: string, message: string): TikTokUploadError {
  return new TikTokUploadError({ code, message });
}
