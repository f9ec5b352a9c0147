import type { RunningEmulator } from '@greenroom/emulator';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../support/tiktok.ts';
import {
  authorizeUrl,
  brokenRules,
  exchange,
  pkce,
  redirectUri,
  send,
  useEmulator,
} from '../support/tiktok.ts';

const start = useEmulator();

const WEB = {
  redirect_uri: 'https://app.example/callback',
  code_challenge: undefined,
  code_challenge_method: undefined,
};

async function startWithWebApp(): Promise<RunningEmulator> {
  const emulator = await start();
  await emulator.control.putApp('audited', { redirect_uris: [WEB.redirect_uri, redirectUri] });
  return emulator;
}

/** Posts the consent page's form as a browser would: its hidden fields and what a person chose. */
async function decide(
  page: Answer,
  base: string,
  choice: Readonly<Record<string, string>>,
  scopes: readonly string[],
): Promise<Answer> {
  const form = new URLSearchParams(choice);
  for (const [, name = '', value = ''] of page.text.matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
  )) {
    form.set(name, decodeHtml(value));
  }
  for (const scope of scopes) form.append('scope', scope);
  const action = /<form[^>]*\baction="([^"]*)"/.exec(page.text)?.[1] ?? '';
  return send(new URL(action, base).href, { method: 'POST', body: form });
}

function decodeHtml(html: string): string {
  return html
    .replaceAll(/&#(\d+);/g, (_match, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function locationOf(answer: Answer): URL {
  return new URL(answer.headers.get('location') ?? 'about:blank');
}

describe('consent page', () => {
  test('takes the person back with a code, the granted scopes and the state', async () => {
    const emulator = await start();
    const page = await send(authorizeUrl(emulator.url, { state: 'a b&c=ä' }));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const decided = await decide(
      page,
      emulator.url,
      { username: 'public_creator', decision: 'allow' },
      ['user.info.basic', 'video.publish'],
    );
    expect(decided.status).toBe(303);
    const location = locationOf(decided);
    expect(`${location.origin}${location.pathname}`).toBe(redirectUri);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      code: expect.stringMatching(/\*0!\d{4}$/),
      scopes: 'user.info.basic,video.publish',
      state: 'a b&c=ä',
    });
    const { json } = await exchange(emulator, location.searchParams.get('code') ?? '');
    expect(json).toMatchObject({ scope: 'user.info.basic,video.publish' });
  });

  test('percent-encodes * and ! of the code in the raw query', async () => {
    const emulator = await start();
    const { redirect_url } = await emulator.control.decideConsent({
      authorize_url: authorizeUrl(emulator.url),
      username: 'public_creator',
    });
    expect(redirect_url).toMatch(
      /[?&]code=[\w%-]+%2A0%21\d{4}&scopes=user\.info\.basic%2Cvideo\.publish&state=state-1$/,
    );
  });

  test('grants a subset of what was asked', async () => {
    const emulator = await start();
    const page = await send(authorizeUrl(emulator.url));
    const decided = await decide(
      page,
      emulator.url,
      { username: 'private_creator', decision: 'allow' },
      ['user.info.basic', 'video.list'],
    );
    const { searchParams } = locationOf(decided);
    expect(searchParams.get('scopes')).toBe('user.info.basic');
    const { json } = await exchange(emulator, searchParams.get('code') ?? '');
    expect(json).toMatchObject({ scope: 'user.info.basic' });
  });

  test.each([
    ['refuses', 'deny', ['user.info.basic']],
    ['grants nothing', 'allow', []],
  ])('calls back with access_denied when the person %s', async (_what, decision, scopes) => {
    const emulator = await start();
    const page = await send(authorizeUrl(emulator.url));
    const decided = await decide(
      page,
      emulator.url,
      { username: 'public_creator', decision },
      scopes,
    );
    expect(Object.fromEntries(locationOf(decided).searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The user refused.',
      state: 'state-1',
    });
  });

  test('checks the request again when the form comes back changed', async () => {
    const emulator = await start();
    const answer = await send(`${emulator.url}/v2/auth/authorize/decision/`, {
      method: 'POST',
      body: new URLSearchParams({
        query: new URL(authorizeUrl(emulator.url, { redirect_uri: 'https://evil.example/' }))
          .search,
        username: 'public_creator',
        decision: 'allow',
        scope: 'user.info.basic',
      }),
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
  });
});

describe('browser session (web)', () => {
  async function consentedCookie(emulator: RunningEmulator): Promise<string> {
    const page = await send(authorizeUrl(emulator.url, WEB));
    const decided = await decide(
      page,
      emulator.url,
      { username: 'private_creator', decision: 'allow' },
      ['user.info.basic', 'video.publish'],
    );
    return decided.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  test.each([
    { what: 'skips the page without disable_auto_auth', changes: {}, status: 302 },
    {
      what: 'skips the page with disable_auto_auth=0',
      changes: { disable_auto_auth: '0' },
      status: 302,
    },
    {
      what: 'shows the page with disable_auto_auth=1',
      changes: { disable_auto_auth: '1' },
      status: 200,
    },
    { what: 'shows the page when more is asked', changes: { scope: 'video.list' }, status: 200 },
  ])('$what', async ({ changes, status }) => {
    const emulator = await startWithWebApp();
    const cookie = await consentedCookie(emulator);
    const again = await send(authorizeUrl(emulator.url, { ...WEB, ...changes }), {
      headers: { cookie },
    });
    expect(again.status).toBe(status);
    const code = status === 302 ? locationOf(again).searchParams.get('code') : 'none';
    expect(code).toMatch(status === 302 ? /\*0!/ : /none/);
  });

  test('shows the page after the creator disconnected the app', async () => {
    const emulator = await startWithWebApp();
    const cookie = await consentedCookie(emulator);
    await emulator.control.act('private_creator', { act: 'disconnect', client_key: 'audited' });
    const again = await send(authorizeUrl(emulator.url, WEB), { headers: { cookie } });
    expect(again.status).toBe(200);
  });

  test('always shows the page of the desktop flow', async () => {
    const emulator = await startWithWebApp();
    const cookie = await consentedCookie(emulator);
    const again = await send(authorizeUrl(emulator.url), { headers: { cookie } });
    expect(again.status).toBe(200);
  });
});

describe('refusals on the page', () => {
  test.each([
    {
      what: 'client_id instead of client_key',
      changes: { client_key: undefined, client_id: 'audited' },
      literal: 'error=param_error&errCode=10003&error_type=client_key',
      rule: 'oauth.client_key',
    },
    {
      what: 'an unknown client_key',
      changes: { client_key: 'emulator-secret' },
      literal: 'error=unauthorized_client&error_type=client_key',
      rule: 'oauth.client_key',
    },
    {
      what: 'a redirect that is not registered',
      changes: { redirect_uri: 'https://elsewhere.example/callback' },
      literal: 'error=invalid_request&error_type=redirect_uri',
      rule: 'oauth.redirect_uri',
    },
    {
      what: 'a missing redirect',
      changes: { redirect_uri: undefined },
      literal: 'error=invalid_request&error_type=redirect_uri',
      rule: 'oauth.redirect_uri',
    },
    {
      what: 'the desktop flow without a challenge',
      changes: { code_challenge: undefined },
      literal: 'error=invalid_request&error_type=code_challenge',
      rule: 'oauth.code_challenge',
    },
    {
      what: 'the plain challenge method',
      changes: { code_challenge_method: 'plain' },
      literal: 'error=invalid_request&error_type=code_challenge',
      rule: 'oauth.code_challenge',
    },
  ])('$what', async ({ changes, literal, rule }) => {
    const emulator = await start();
    const answer = await send(authorizeUrl(emulator.url, changes));
    expect(answer.status).toBe(400);
    expect(decodeHtml(answer.text)).toContain(literal);
    expect(answer.headers.get('location')).toBeNull();
    expect(await brokenRules(emulator)).toEqual([rule]);
  });

  test.each(['observed', 'lenient'] as const)(
    'the desktop flow without a challenge is let pass, and noted, when %s',
    async (dialect) => {
      const emulator = await start({ dialect });
      const answer = await send(authorizeUrl(emulator.url, { code_challenge: undefined }));
      expect(answer.status).toBe(200);
      expect(await brokenRules(emulator)).toEqual(['oauth.code_challenge']);
    },
  );
});

describe('refusals to the app', () => {
  test.each([
    { changes: { response_type: 'token' }, error: 'unsupported_response_type' },
    { changes: { response_type: undefined }, error: 'unsupported_response_type' },
    { changes: { state: undefined }, error: 'invalid_request' },
    { changes: { scope: 'user.info.basic video.publish' }, error: 'invalid_scope' },
    { changes: { scope: 'user.info.basic, video.publish' }, error: 'invalid_scope' },
    { changes: { scope: 'user.info.email' }, error: 'invalid_scope' },
    { changes: { scope: 'research.data.basic' }, error: 'invalid_scope' },
    { changes: { scope: undefined }, error: 'invalid_scope' },
  ])('$changes is called back with $error', async ({ changes, error }) => {
    const emulator = await start();
    const answer = await send(authorizeUrl(emulator.url, changes));
    expect(answer.status).toBe(302);
    const { searchParams } = locationOf(answer);
    expect(searchParams.get('error')).toBe(error);
    expect(searchParams.get('code')).toBeNull();
    expect(searchParams.get('state')).toBe('state' in changes ? null : 'state-1');
    expect(await brokenRules(emulator)).toHaveLength(1);
  });

  test('a creator who is no target user of a sandbox gets non_sandbox_target', async () => {
    const emulator = await start();
    await emulator.control.putApp('audited', { sandbox: true, target_users: ['private_creator'] });
    const decide = async (username: string): Promise<URLSearchParams> => {
      const authorize_url = authorizeUrl(emulator.url);
      const { redirect_url } = await emulator.control.decideConsent({ authorize_url, username });
      return new URL(redirect_url).searchParams;
    };
    const refused = await decide('public_creator');
    expect([refused.get('error'), refused.get('error_type')]).toEqual([
      'access_denied',
      'non_sandbox_target',
    ]);
    expect((await decide('private_creator')).get('code')).not.toBeNull();
  });
});

test('takes the authorize page without its trailing slash, and notes it', async () => {
  const emulator = await start();
  const url = authorizeUrl(emulator.url).replace('authorize/?', 'authorize?');
  expect((await send(url)).status).toBe(200);
  expect(await brokenRules(emulator)).toEqual(['oauth.trailing_slash']);
});

test('notes a client_secret in the authorize URL', async () => {
  const emulator = await start();
  const page = await send(authorizeUrl(emulator.url, { client_secret: 'emulator-secret' }));
  expect(page.status).toBe(200);
  const { violations } = await emulator.control.listViolations();
  expect(violations.map(({ rule }) => rule)).toEqual(['oauth.client_secret_in_url']);
  expect(JSON.stringify(violations)).not.toContain('emulator-secret');
});

test('accepts a hex challenge on the web too', async () => {
  const emulator = await startWithWebApp();
  const challenge = { code_challenge: pkce.hex, code_challenge_method: 'S256' };
  const page = await send(authorizeUrl(emulator.url, { ...WEB, ...challenge }));
  expect(page.status).toBe(200);
  expect(await brokenRules(emulator)).toEqual([]);
});
