import { toHex } from '../bytes.ts';
import { TikTokApiError } from '../errors.ts';
import type { RateLimitedEndpoint, RateLimiter } from '../limiter.ts';
import { retry } from '../retry.ts';
import type { TokenSource } from '../token-source.ts';
import { type JsonObject, unexpected } from './answer.ts';
import { openEnvelope } from './envelope.ts';
import type { ApiRequest } from './request.ts';
import { type RawAnswer, send } from './send.ts';
import type { CallOptions, Transport } from './transport.ts';

/** One of TikTok's endpoints that answer with the envelope. */
export interface Endpoint {
  /** Its name in the limiter, which is the end of its path. */
  readonly name: RateLimitedEndpoint;
  /** Whether it is one of the Content Posting API. */
  readonly isPublish?: true;
  /** `POST` by default. */
  readonly method?: 'GET';
  /**
   * `read`: sent again after 429, 5xx and network errors. `safe`: a second one does no harm, but
   * is left to the caller. `never`: a second one may act twice.
   */
  readonly repeat: 'read' | 'safe' | 'never';
}

/** What is sent to an endpoint, and how its `data` is read. */
export interface Call<T> extends CallOptions {
  readonly endpoint: Endpoint;
  readonly query?: string | undefined;
  readonly body?: unknown;
  /** Reads `data`; throws what `fail` makes if it is not what TikTok documents. */
  readonly read: Reader<T>;
}

/** Reads what an endpoint answered. */
export type Reader<T> = (data: JsonObject, fail: (what: string) => Error) => T;

/** What {@link TikTokApi} works with. */
export interface ApiSettings extends Transport {
  readonly baseUrl: string;
  readonly tokens: TokenSource;
  readonly limiter: RateLimiter;
  /** The caller's name for the account in the limiter; a hash of the token if missing. */
  readonly limiterKey: string | undefined;
  readonly maxRetries: number;
}

/**
 * Calls TikTok's endpoints with a token, within the rate limits, and again where that is safe.
 *
 * A refused token is replaced once and the call replayed once, an init included: a 401 says that
 * nothing was done. Otherwise only reads are repeated. Every request takes a rate slot of its own.
 */
export class TikTokApi {
  readonly #settings: ApiSettings;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
  }

  async call<T>(call: Call<T>): Promise<T> {
    const { tokens, sleep, random, maxRetries } = this.#settings;
    const { signal, endpoint } = call;
    let token = await tokens.getAccessToken({}, signal);
    let isReplayed = false;
    const work = async (): Promise<T> => {
      try {
        return await this.#attempt(call, token);
      } catch (error) {
        if (isReplayed || !isTokenRefused(error)) throw error;
        isReplayed = true;
        const rejected = token;
        token = await tokens.getAccessToken({ rejected }, signal);
        if (token === rejected) throw error;
        return this.#attempt(call, token);
      }
    };
    return endpoint.repeat === 'read' ? retry(work, { maxRetries, sleep, random, signal }) : work();
  }

  async #attempt<T>(call: Call<T>, token: string): Promise<T> {
    const { limiter, fetch, clock } = this.#settings;
    const key = await this.#limiterKey(token);
    const slot = { key, endpoint: call.endpoint.name, signal: call.signal };
    await limiter.acquire(slot);
    try {
      const request = this.#request(call, token);
      const answer: RawAnswer = await send(request, fetch, clock);
      const data = openEnvelope(answer, request);
      const read = call.read(data, (what) => unexpected(answer, what, request));
      limiter.ended?.(slot);
      return read;
    } catch (error) {
      limiter.ended?.(slot, error);
      throw error;
    }
  }

  #request(call: Call<unknown>, token: string): ApiRequest {
    const { baseUrl, timeoutMs } = this.#settings;
    const { endpoint, query, body } = call;
    const path = `/v2/${endpoint.isPublish ? 'post/publish/' : ''}${endpoint.name}/`;
    const search = query === undefined ? '' : `?${query}`;
    return {
      method: endpoint.method ?? 'POST',
      url: `${baseUrl}${path}${search}`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json; charset=UTF-8',
      },
      body: JSON.stringify(body),
      signal: call.signal,
      timeoutMs: call.timeoutMs ?? timeoutMs,
      isRepeatSafe: endpoint.repeat !== 'never',
      secrets: [token],
    };
  }

  // TikTok counts by token. Its hash stands for it, so that a limiter's state shows no secret.
  async #limiterKey(token: string): Promise<string> {
    if (this.#settings.limiterKey !== undefined) return this.#settings.limiterKey;
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
    return toHex(new Uint8Array(digest, 0, 8));
  }
}

// `unauthorized` is what old notes call it (reference section 13.5, row 56).
function isTokenRefused(error: unknown): boolean {
  return (
    error instanceof TikTokApiError && /^(access_token_invalid|unauthorized)$/.test(error.code)
  );
}
