import { describe, expect, test } from 'vitest';
import { checkRedirectUris, findRegistered } from '../../src/oauth/redirect-uri.ts';
import { useEmulator } from '../support/tiktok.ts';

const start = useEmulator();

describe('registration', () => {
  test.each([
    'https://app.example/callback',
    'https://app.example:8443/callback',
    'http://127.0.0.1:3455/callback/',
    'http://localhost:3455/callback/',
    'https://localhost:3455/callback/',
    'http://127.0.0.1:*/callback/',
    'http://localhost:*/*',
  ])('takes %s', (uri) => {
    expect(checkRedirectUris([uri])).toBeUndefined();
  });

  test.each([
    ['http on the web', 'http://app.example/callback'],
    ['http on a private address', 'http://192.168.1.4:3000/callback'],
    ['loopback without a port', 'http://127.0.0.1/callback'],
    ['https loopback without a port', 'https://localhost/callback'],
    ['query parameters', 'https://app.example/callback?from=tiktok'],
    ['a fragment', 'https://app.example/callback#top'],
    ['a relative address', '/callback'],
    ['another scheme', 'myapp://callback'],
    ['a wildcard port on the web', 'https://app.example:*/callback'],
    ['a wildcard path on the web', 'https://app.example/*'],
    ['a wildcard host', 'https://*.app.example/callback'],
    ['512 characters', `https://app.example/${'a'.repeat(492)}`],
  ])('refuses %s', (_what, uri) => {
    expect(checkRedirectUris([uri])).toContain('redirect_uris');
  });

  test('takes ten of them and 511 characters, not eleven', async () => {
    const uris = Array.from({ length: 11 }, (_, index) => `https://app.example/${index}`);
    expect(checkRedirectUris(uris.slice(1))).toBeUndefined();
    expect(checkRedirectUris([`https://app.example/${'a'.repeat(491)}`])).toBeUndefined();
    const emulator = await start();
    await expect(emulator.control.putApp('audited', { redirect_uris: uris })).rejects.toThrow(
      'at most 10',
    );
  });
});

describe('comparison at the request', () => {
  test.each([
    ['https://app.example/cb', 'https://app.example/cb', true],
    ['https://app.example/cb', 'https://app.example/cb/', false],
    ['https://app.example/cb', 'https://app.example/cb?x=1', false],
    ['https://app.example/cb', 'https://APP.example/cb', false],
    ['http://127.0.0.1:*/cb/', 'http://127.0.0.1:81/cb/', true],
    ['http://127.0.0.1:*/cb/', 'http://127.0.0.1:81/cb', false],
    ['http://127.0.0.1:*/cb/', 'http://127.0.0.1/cb/', false],
    ['http://127.0.0.1:*/cb/', 'http://localhost:81/cb/', false],
    ['http://127.0.0.1:*/cb/', 'https://127.0.0.1:81/cb/', false],
    ['http://127.0.0.1:*/cb/', 'http://127.0.0.1:81@evil.example/cb/', false],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1.evil.example:81/cb/', false],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1:81/any/path', true],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1:81/any?x=1', false],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1:81/any#x', false],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1:81/any*', true],
  ])('%s covers %s: %s', (registered, asked, covered) => {
    expect(findRegistered([registered], asked) !== undefined).toBe(covered);
  });
});
