import type { Dialect, RunningEmulator } from '@greenroom/emulator';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audited, pkce, redirectUri, send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();

async function startWatched(
  dialect: Dialect,
): Promise<{ emulator: RunningEmulator; errors: unknown[] }> {
  const errors: unknown[] = [];
  const emulator = await start({ dialect, onError: (error) => errors.push(error) });
  return { emulator, errors };
}

/** A value that is right, nearly right, or anything. */
function around(...right: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 1, arbitrary: fc.constantFrom('', '%', '*', '<script>', '\u0000', '__proto__') },
  );
}

const authorizeQuery = fc.record(
  {
    client_key: around('audited', 'unaudited'),
    client_id: around('audited'),
    scope: around('user.info.basic', 'user.info.basic,video.publish', 'a b', ',,'),
    response_type: around('code'),
    redirect_uri: around(redirectUri, 'http://localhost:1/', 'https://a.example/'),
    state: around('s'),
    code_challenge: around(pkce.hex, pkce.base64url),
    code_challenge_method: around('S256', 'plain'),
    disable_auto_auth: around('0', '1'),
  },
  { requiredKeys: [] },
);

test.each(['strict', 'observed', 'lenient'] as const)(
  'any authorize request is shown, refused on the page or called back (%s)',
  async (dialect) => {
    const { emulator, errors } = await startWatched(dialect);
    await fc.assert(
      fc.asyncProperty(authorizeQuery, async (query) => {
        // Lone surrogates cannot be in an address.
        const wellFormed = Object.entries(query).map(([name, value]) => [
          name,
          Buffer.from(value).toString(),
        ]);
        const answer = await send(
          `${emulator.url}/v2/auth/authorize/?${new URLSearchParams(wellFormed)}`,
        );
        expect([200, 302, 400]).toContain(answer.status);
        expect(answer.text).not.toContain('<script>');
        const location = answer.headers.get('location');
        if (location !== null)
          expect(location.startsWith(`${query.redirect_uri}?error=`)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(errors).toEqual([]);
  },
);

const form = fc.record(
  {
    client_key: around(audited.client_key),
    client_secret: around(audited.client_secret),
    grant_type: around('authorization_code', 'refresh_token', 'client_credentials'),
    code: around('x*0!1234'),
    redirect_uri: around(redirectUri),
    code_verifier: around(pkce.verifier),
    refresh_token: around('rft.x'),
    token: around('act.x'),
    scope: around('user.info.basic'),
  },
  { requiredKeys: [] },
);
const endpoint = fc.constantFrom('token', 'revoke', 'get_qrcode', 'check_qrcode');
const body = fc.oneof(
  form.map((fields) => new URLSearchParams(fields).toString()),
  form.map((fields) => JSON.stringify(fields)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const contentType = fc.constantFrom(
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-8',
  'application/json',
  'multipart/form-data',
  'nonsense',
  ',',
);

test.each(['strict', 'lenient'] as const)(
  'any body at any OAuth endpoint is answered flat with HTTP 200 (%s)',
  async (dialect) => {
    const { emulator, errors } = await startWatched(dialect);
    await fc.assert(
      fc.asyncProperty(endpoint, body, contentType, async (name, text, type) => {
        const { json, status } = await send(`${emulator.url}/v2/oauth/${name}/`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: Buffer.from(text, 'latin1'),
        });
        expect(status).toBe(200);
        const isToken = 'access_token' in json || 'scan_qrcode_url' in json;
        expect(isToken || typeof json['error'] === 'string').toBe(true);
      }),
      { numRuns: 120 },
    );
    expect(errors).toEqual([]);
  },
);
