import type { CallOptions } from './transport.ts';

/** One request to TikTok. */
export interface ApiRequest extends CallOptions {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  /** Whether the request may be sent twice, as a read may: marks the errors of unclear answers. */
  readonly isRepeatSafe: boolean;
  /** What must not be seen in an error. */
  readonly secrets: readonly string[];
}

/** What every error of a request carries: its secrets, and that a repeat is safe if it is. */
export function marks(request: Pick<ApiRequest, 'isRepeatSafe' | 'secrets'>): {
  secrets: readonly string[];
  isRepeatSafe?: true;
} {
  const { secrets, isRepeatSafe } = request;
  return isRepeatSafe ? { secrets, isRepeatSafe } : { secrets };
}

/** Method and path of a request; without its query, which may hold a secret. */
export function nameOf(request: Pick<ApiRequest, 'method' | 'url'>): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}
