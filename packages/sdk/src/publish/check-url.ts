import { type PostProblem, problemIf } from './problems.ts';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks an address that TikTok is to fetch from: `https`, and plain `http` only on loopback and
 * only for a client that talks to a stand-in there.
 */
export function checkMediaUrl(field: string, url: unknown, allowLoopback: boolean): PostProblem[] {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) {
    return [{ field, message: 'This is not an absolute URL; TikTok fetches media by https URL.' }];
  }
  const isOpen = allowLoopback && parsed.protocol === 'http:' && isLoopbackUrl(parsed);
  return problemIf(
    parsed.protocol !== 'https:' && !isOpen,
    field,
    `TikTok fetches media only over https, without redirects; this URL is ${parsed.protocol}//${parsed.hostname}.`,
  );
}

/** Whether an address is on this very machine. */
export function isLoopbackUrl(url: URL): boolean {
  return LOOPBACK_HOST.test(url.hostname);
}
