import type { TikTokErrorFacts } from '../errors.ts';
import type { CallOptions } from './transport.ts';

/** One request to TikTok. */
export interface ApiRequest extends CallOptions {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  /** Whether the request may be sent twice, as a read may: marks the errors of unclear answers. */
  readonly isRepeatSafe: boolean;
  /** What must not be seen in an error. */
  readonly secrets: readonly string[];
}

/**
 * Facts of an error about a request: what was asked, without the query, which may hold a secret,
 * and what came of it.
 */
export function factsOf(
  request: ApiRequest,
  code: string,
  outcome: string,
  status?: number,
): TikTokErrorFacts {
  const { method, url, secrets, isRepeatSafe } = request;
  const http = status === undefined ? '' : `HTTP ${status}, `;
  const asked = `${method} ${new URL(url).pathname}`;
  const message = `${asked}: ${http}${outcome}`;
  return {
    code,
    message,
    status,
    request: asked,
    secrets,
    isRepeatSafe: isRepeatSafe || undefined,
  };
}
