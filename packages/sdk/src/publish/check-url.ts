const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether TikTok would fetch from an address: `https`; and plain `http` only on loopback and only
 * for a client that talks to a stand-in there.
 */
export function isMediaUrl(url: string, allowLoopback: boolean): boolean {
  if (!URL.canParse(url)) return false;
  return new URL(url).protocol === 'https:' || (allowLoopback && isLoopbackUrl(url));
}

/** What is said of an address that is none of those. */
export const NO_MEDIA_URL = 'TikTok fetches media only from https URLs.';

/** Whether a web address is on this very machine. */
export function isLoopbackUrl(url: URL | string): boolean {
  const { protocol, hostname } = new URL(url);
  return /^https?:$/.test(protocol) && LOOPBACK.test(hostname);
}
