import { type PostProblem, problemIf } from './problems.ts';

const LOOPBACK = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])([:/]|$)/i;

/**
 * Checks an address that TikTok is to fetch from: `https`, and plain `http` only on loopback and
 * only for a client that talks to a stand-in there.
 */
export function checkMediaUrl(field: string, url: string, allowLoopback: boolean): PostProblem[] {
  const isOpen = /^https:/i.test(url) || (allowLoopback && isLoopbackUrl(url));
  return problemIf(
    !isOpen || !URL.canParse(url),
    field,
    'TikTok fetches media only from https URLs.',
  );
}

/** Whether an address is on this very machine. */
export function isLoopbackUrl(url: URL | string): boolean {
  return LOOPBACK.test(String(url));
}
