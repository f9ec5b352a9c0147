import { TikTokOAuthError, TikTokValidationError } from '@greenroom/sdk';
import {
  createCodeVerifier,
  createState,
  parseCallback,
  TikTokOAuth,
  toCodeChallenge,
  verifyState,
} from '@greenroom/sdk/oauth';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PKCE_VECTOR } from '../fixtures/vectors.ts';

const oauth = new TikTokOAuth({ clientKey: 'aw0key', clientSecret: 'not-to-be-seen' });
const WEB = {
  redirectUri: 'https://app.example.com/callback/',
  scopes: ['video.list'],
  state: 's',
};
const LOOPBACK = { ...WEB, redirectUri: 'http://127.0.0.1:8080/callback/' };

async function parametersOf(options: Parameters<typeof oauth.createAuthorizeUrl>[0]) {
  const { url } = await oauth.createAuthorizeUrl(options);
  return Object.fromEntries(new URL(url).searchParams);
}

describe('PKCE', () => {
  test('is hex, as in the vector', async () => {
    const { codeVerifier, codeChallenge } = PKCE_VECTOR;
    expect(await toCodeChallenge(codeVerifier)).toBe(codeChallenge);
  });

  test('takes a new verifier of 43 unreserved characters for each login', () => {
    const verifiers = Array.from({ length: 100 }, createCodeVerifier);
    expect(new Set(verifiers).size).toBe(100);
    for (const verifier of verifiers) expect(verifier).toMatch(/^[A-Za-z0-9\-._~]{43}$/);
  });

  test.each([
    ['for a web redirect by default', WEB],
    ['when told none', { ...LOOPBACK, pkce: 'none' as const }],
  ])('is left out %s', async (_when, options) => {
    const { codeVerifier } = await oauth.createAuthorizeUrl(options);
    expect(codeVerifier).toBeUndefined();
    expect(await parametersOf(options)).not.toHaveProperty('code_challenge');
  });

  test.each([
    ['for 127.0.0.1 by default', LOOPBACK],
    ['for localhost by default', { ...LOOPBACK, redirectUri: 'http://localhost:3000/cb' }],
    ['for a port that needs no naming', { ...LOOPBACK, redirectUri: 'http://localhost:80' }],
    ['for a web redirect when told so', { ...WEB, pkce: 'hex' as const }],
  ])('is sent %s', async (_when, options) => {
    const { url, codeVerifier = '' } = await oauth.createAuthorizeUrl(options);
    const { searchParams } = new URL(url);
    expect(searchParams.get('code_challenge')).toBe(await toCodeChallenge(codeVerifier));
    expect(searchParams.get('code_challenge_method')).toBe('S256');
  });
});

describe('the authorize URL', () => {
  test('has what TikTok wants, and no secret', async () => {
    const { url } = await oauth.createAuthorizeUrl({
      redirectUri: 'https://app.example.com/callback/',
      scopes: ['user.info.basic', 'video.publish'],
      state: 'a b&c',
      disableAutoAuth: true,
    });
    expect(url).toMatch(/^https:\/\/www\.tiktok\.com\/v2\/auth\/authorize\/\?/);
    expect(url).not.toContain('not-to-be-seen');
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_key: 'aw0key',
      scope: 'user.info.basic,video.publish',
      response_type: 'code',
      redirect_uri: 'https://app.example.com/callback/',
      state: 'a b&c',
      disable_auto_auth: '1',
    });
  });

  test('says disable_auto_auth only on the web, and only if asked', async () => {
    expect(await parametersOf(WEB)).not.toHaveProperty('disable_auto_auth');
    expect(await parametersOf({ ...WEB, disableAutoAuth: false })).toMatchObject({
      disable_auto_auth: '0',
    });
    expect(await parametersOf({ ...LOOPBACK, disableAutoAuth: true })).not.toHaveProperty(
      'disable_auto_auth',
    );
  });

  test('may be that of a stand-in', async () => {
    const authorizeBaseUrl = 'http://127.0.0.1:4000/';
    const local = new TikTokOAuth({ clientKey: 'k', clientSecret: 's', authorizeBaseUrl });
    const { url } = await local.createAuthorizeUrl(WEB);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4000\/v2\/auth\/authorize\/\?client_key=k&/);
  });

  test.each([
    ['argument_invalid', { redirectUri: '/callback/' }],
    ['argument_invalid', { redirectUri: 'http://app.example.com/callback/' }],
    ['argument_invalid', { redirectUri: 'https://app.example.com/?a=1' }],
    ['argument_invalid', { redirectUri: 'https://app.example.com/#a' }],
    ['argument_invalid', { redirectUri: `https://app.example.com/${'a'.repeat(488)}` }],
    ['argument_invalid', { redirectUri: 'myapp://callback' }],
    ['argument_invalid', { redirectUri: 'http://127.0.0.1/callback/' }],
    ['argument_invalid', { redirectUri: 'https://localhost/callback/' }],
    ['argument_invalid', { redirectUri: 'http://localhost/a:80/' }],
    ['argument_invalid', { scopes: [] }],
    ['argument_invalid', { scopes: ['video.list video.publish'] }],
    ['argument_invalid', { scopes: ['video.list,video.publish'] }],
    ['argument_invalid', { state: '' }],
  ])('is refused as %s: %j', async (code, wrong) => {
    const error = oauth.createAuthorizeUrl({ ...WEB, ...wrong });
    await expect(error).rejects.toBeInstanceOf(TikTokValidationError);
    await expect(error).rejects.toMatchObject({ code });
  });
});

describe('a state', () => {
  const clock = () => new Date('2026-11-20T12:00:00Z');

  test('is 32 new random bytes that live for half an hour', () => {
    const states = Array.from({ length: 100 }, () => createState({ clock }));
    expect(new Set(states.map(({ value }) => value)).size).toBe(100);
    for (const { value, expiresAt } of states) {
      expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(expiresAt).toEqual(new Date('2026-11-20T12:30:00Z'));
    }
  });

  test('is accepted as it was sent, also from a store of JSON', () => {
    const state = createState({ clock });
    verifyState(state, state.value, clock);
    verifyState(JSON.parse(JSON.stringify(state)), state.value, clock);
  });

  test.each([undefined, null, '', 'other', 'X'.repeat(43)])('is not %j', (received) => {
    const state = createState({ clock });
    expect(() => verifyState(state, received, clock)).toThrow(
      expect.objectContaining({ code: 'state_mismatch' }),
    );
  });

  test('is not any other one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 43, maxLength: 43 }), (received) => {
        const state = createState({ clock });
        fc.pre(received !== state.value);
        expect(() => verifyState(state, received, clock)).toThrow(TikTokOAuthError);
      }),
    );
  });

  test('that is empty accepts nothing', () => {
    const empty = { value: '', expiresAt: new Date('2030-01-01T00:00:00Z') };
    expect(() => verifyState(empty, '', clock)).toThrow(TikTokOAuthError);
  });

  test('expires', () => {
    const state = createState({ clock, lifetimeMs: 1_000 });
    const later = () => new Date('2026-11-20T12:00:01Z');
    expect(() => verifyState(state, state.value, later)).toThrow(
      expect.objectContaining({ code: 'state_expired' }),
    );
    const broken = { value: state.value, expiresAt: new Date(Number.NaN) };
    expect(() => verifyState(broken, state.value, clock)).toThrow(TikTokOAuthError);
  });
});

describe('the redirect back', () => {
  const state = createState();
  const read = (query: string) =>
    parseCallback(`https://app.example.com/callback/?${query}&state=${state.value}`, { state });

  test.each([
    ['%2A0%216410', '*0!6410'],
    ['a%252Ab', 'a%2Ab'],
    ['a+b', 'a+b'],
    ['a%2Bb', 'a+b'],
    ['*0!6410', '*0!6410'],
  ])('has its code %s decoded exactly once', (raw, code) => {
    expect(read(`code=${raw}&scopes=video.list`).code).toBe(code);
  });

  test('takes any code that was encoded once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (code) => {
        expect(read(`code=${encodeURIComponent(code)}`).code).toBe(code);
      }),
    );
  });

  test('has the granted scopes and the state', () => {
    const callback = read('code=c&scopes=user.info.basic,video.list');
    expect(callback.scopes).toEqual(['user.info.basic', 'video.list']);
    expect(callback.state).toBe(state.value);
    expect(read('code=c&scopes=user.info.basic%2Cvideo.list').scopes).toHaveLength(2);
    expect(read('code=c').scopes).toEqual([]);
  });

  test('may be a URL object, a path, or what a framework has decoded already', () => {
    const query = `code=a%252A&state=${state.value}`;
    expect(parseCallback(new URL(`https://a.test/?${query}#f`), { state }).code).toBe('a%2A');
    expect(parseCallback(`/callback?${query}`, { state }).code).toBe('a%2A');
    expect(parseCallback({ code: 'a%2A', state: state.value }, { state }).code).toBe('a%2A');
  });

  test.each([
    ['error=access_denied&error_description=the+user+said+no', 'access_denied', 'creator'],
    ['error=access_denied&error_type=non_sandbox_target', 'non_sandbox_target', 'developer'],
    ['error=unauthorized_client&error_type=client_key', 'unauthorized_client', 'developer'],
    ['error=param_error&errCode=10003&error_type=client_key', 'param_error', 'developer'],
    ['error=brand_new_error', 'brand_new_error', 'developer'],
  ])('of a refused login (%s) is the error %s', (query, code, whoseMove) => {
    expect(() => read(`${query}&log_id=2026LOG`)).toThrow(
      expect.objectContaining({ name: 'TikTokOAuthError', code, whoseMove, logId: '2026LOG' }),
    );
  });

  test('says in its message what TikTok said', () => {
    const query = 'error=param_error&errCode=10003&error_type=client_key&error_description=Oh+no';
    expect(() => read(query)).toThrow(
      'The login was refused: param_error (Oh no, client_key, errCode 10003)',
    );
    expect(() => read(query)).toThrow(expect.objectContaining({ errorType: 'client_key' }));
  });

  test.each(['', 'code=', 'scopes=video.list', 'code=%E0%A4%A'])('%j is malformed', (query) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ code: 'callback_malformed' }));
  });

  test.each(['code=c', 'error=access_denied', 'code=c&state=other'])(
    'without our state (%s) is another login',
    (query) => {
      expect(() => parseCallback(`/cb?${query}`, { state })).toThrow(
        expect.objectContaining({ code: 'state_mismatch' }),
      );
    },
  );
});
