/** Redirects that an app may register. */
const MOST_REDIRECTS = 10;
/** A redirect must be shorter than this. */
const TOO_LONG = 512;

/** What is wrong with an app's list of redirects, by the tables for web and desktop. */
export function checkRedirectUris(redirectUris: readonly string[]): string | undefined {
  if (redirectUris.length > MOST_REDIRECTS) {
    return `An app registers at most ${MOST_REDIRECTS} redirect_uris; these are ${redirectUris.length}.`;
  }
  for (const uri of redirectUris) {
    const problem = findProblem(uri);
    if (problem !== undefined) return `redirect_uris: ${uri.slice(0, 100)} ${problem}`;
  }
  return undefined;
}

/** Whether a redirect belongs to the desktop flow: its host is this machine. */
export function isLoopbackRedirect(redirectUri: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1)(:|\/|$)/i.test(redirectUri);
}

/** The registered redirect that covers one of a request: equal, or equal but for a wildcard. */
export function findRegistered(
  registered: readonly string[],
  redirectUri: string,
): string | undefined {
  if (redirectUri.length >= TOO_LONG || !URL.canParse(redirectUri)) return undefined;
  return registered.find((pattern) => covers(pattern, redirectUri));
}

function covers(pattern: string, redirectUri: string): boolean {
  if (pattern === redirectUri) return true;
  const wildcard = /^(https?:\/\/(?:localhost|127\.0\.0\.1)):(\*|\d+)(\/.*)?$/.exec(pattern);
  if (wildcard === null) return false;
  const [, origin = '', port = '', path = ''] = wildcard;
  const given = /^(https?:\/\/[^/:?#]+)(?::(\d+))?(\/[^?#]*)?$/.exec(redirectUri);
  if (given === null || given[1] !== origin) return false;
  const anyPath = path === '/*';
  const samePort = port === '*' ? given[2] !== undefined || anyPath : given[2] === port;
  return samePort && (anyPath || (given[3] ?? '') === path);
}

function findProblem(uri: string): string | undefined {
  const plain = uri.replace(/:\*(?=\/|$)/, ':1').replace(/\/\*$/, '/');
  if (uri.length >= TOO_LONG)
    return `has ${uri.length} characters; fewer than ${TOO_LONG} are allowed.`;
  if (!URL.canParse(plain)) return 'is no absolute address.';
  if (uri.includes('?')) return 'has query parameters.';
  if (uri.includes('#')) return 'has a fragment.';
  const isLoopback = isLoopbackRedirect(uri);
  if (uri.includes('*') && !(isLoopback && isLoopbackPattern(uri))) {
    return 'has a * elsewhere than as the port (or the whole path) of a loopback address.';
  }
  const { protocol } = new URL(plain);
  if (isLoopback) {
    return /^https?:\/\/[^/:]+:(\*|\d+)(\/|$)/i.test(uri)
      ? undefined
      : 'needs a port, as all of the desktop flow.';
  }
  return protocol === 'https:' ? undefined : 'must be https: only a loopback address may be http.';
}

function isLoopbackPattern(uri: string): boolean {
  return /^https?:\/\/[^/:*]+:(\*|\d+)(\/|\/\*|\/[^*]*)?$/.test(uri);
}
