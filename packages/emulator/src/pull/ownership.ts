/** The places on the web that an app has proven to own. */
export interface UrlProperties {
  /** Domains; each covers its subdomains and all their paths. */
  readonly verifiedDomains: readonly string[];
  /** URL prefixes, matched letter by letter. */
  readonly verifiedUrlPrefixes: readonly string[];
}

/**
 * Whether TikTok may pull this URL for an app: `https` (or `http` on loopback, so that tests need
 * no certificate), under a verified domain or a verified URL prefix.
 *
 * @param url - As the client sent it; anything that is no URL is not owned.
 * @see {@link https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide}
 */
export function isOwnedUrl(url: string, properties: UrlProperties): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || !isPullable(parsed)) return false;
  const isUnderDomain = properties.verifiedDomains.some((domain) =>
    isUnder(parsed.hostname, domain.toLowerCase()),
  );
  return (
    isUnderDomain || properties.verifiedUrlPrefixes.some((prefix) => hasPrefix(parsed, prefix))
  );
}

/** Whether a URL has a scheme that may be pulled: `https`, or `http` to a loopback address. */
function isPullable(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** Whether a host name is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function isUnder(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function hasPrefix(url: URL, prefix: string): boolean {
  // The parsed form has its dots resolved: `…/videos/user/../other` does not lie under `…/user/`.
  const ended = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return url.href.startsWith(URL.parse(ended)?.href ?? ended);
}
