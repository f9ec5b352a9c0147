import { expect, test } from 'vitest';
import { isOwnedUrl } from '../../src/pull/ownership.ts';

const properties = {
  verifiedDomains: ['example.com', 'media.other.org', '127.0.0.1', 'localhost'],
  verifiedUrlPrefixes: ['https://cdn.test/videos/user/'],
};

// https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
test.each([
  ['https://example.com/a.mp4', true, 'a verified domain covers all its paths'],
  ['https://static.example.com/a.mp4', true, 'and its subdomains'],
  ['https://EXAMPLE.com/a.mp4', true, 'in any letter case'],
  ['https://example.com:8443/a.mp4?sig=1', true, 'with a port and a signed query'],
  ['https://notexample.com/a.mp4', false, 'but no other domain that ends alike'],
  ['https://example.com.evil.test/a.mp4', false, 'nor one that begins alike'],
  ['https://other.org/a.mp4', false, 'nor the parent of a verified domain'],
  ['https://cdn.test/videos/user/123/a.mp4', true, 'a prefix covers what lies under it'],
  ['https://cdn.test/videos/2023/user/a.mp4', false, 'and nothing beside it'],
  ['https://cdn.test/videos/user2/a.mp4', false, 'nor a longer name'],
  ['https://cdn.test/videos/user/../other/a.mp4', false, 'nor what climbs out of it'],
  ['http://example.com/a.mp4', false, 'plain http is refused'],
  ['http://127.0.0.1:8000/a.mp4', true, 'but on loopback'],
  ['http://localhost/a.mp4', true, 'by name too'],
  ['https://user:password@example.com/a.mp4', false, 'credentials in the URL are refused'],
  ['ftp://example.com/a.mp4', false, 'other schemes are refused'],
  ['file:///etc/passwd', false, 'files are refused'],
  ['a.mp4', false, 'what is no URL is refused'],
])('%s: %s, %s', (url, isOwned) => {
  expect(isOwnedUrl(url, properties)).toBe(isOwned);
});
