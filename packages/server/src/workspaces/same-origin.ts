/** The parts of a request that tell from where a browser sent it. */
export interface RequestOrigin {
  readonly method: string;
  readonly headers: {
    readonly origin?: string | undefined;
    readonly host?: string | undefined;
    readonly 'sec-fetch-site'?: string | string[] | undefined;
  };
}

/** Whether a method changes nothing, so that it does no harm when another site makes a browser send it. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Whether a browser sent the request from a page of ours.
 *
 * `Origin` decides where it says anything. A page that sends no referrer says `Origin: null`, and so does a
 * sandboxed frame of another site: then, and where there is none, `Sec-Fetch-Site` must vouch. What brings
 * neither is no browser of this decade and has no business with a session.
 *
 * @param publicUrl - Base URL by which people reach us; a proxy may change `Host`.
 */
export function isSameOrigin({ headers }: RequestOrigin, publicUrl: string): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === 'null') return headers['sec-fetch-site'] === 'same-origin';
  const own = new URL(publicUrl);
  if (origin === own.origin) return true;
  // On one machine we are reached as `localhost`, too. Plain http never speaks for https.
  return URL.canParse(origin) && new URL(origin).host === host && origin.startsWith(own.protocol);
}
