/**
 * Checks a base URL and takes the slashes off its end.
 *
 * @throws {TypeError} If it is not an absolute `http` or `https` URL.
 */
export function readBaseUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('A base URL must be an absolute http or https URL');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
