import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, withPort } from '../../src/config/config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('an empty environment is an embedded installation on loopback', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8787,
    publicUrl: 'http://127.0.0.1:8787',
    role: 'all',
    dataFolder: 'greenroom-data',
    tiktokApiUrl: 'https://open.tiktokapis.com',
    tiktokAuthorizeUrl: 'https://www.tiktok.com',
    logLevel: 'info',
    isTestMode: false,
  });
  expect(readConfig({}).databaseUrl).toBeUndefined();
});

test('reports all problems together, each by its key', () => {
  const problems = problemsOf({
    DATABASE_URL: 'mysql://nowhere',
    GREENROOM_PORT: 'eighty',
    GREENROOM_PUBLIC_URL: 'https://example.com/greenroom',
    GREENROOM_ROLE: 'boss',
    GREENROOM_TRUSTED_PROXIES: 'nginx',
    GREENROOM_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    GREENROOM_MASTER_KEY_PREVIOUS: 'abc',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=%',
    GREENROOM_MASTER_KEY_FILE: 'b',
    TIKTOK_CLIENT_KEY: 'key',
    GREENROOM_PUBLIK_URL: 'x',
    GREENROOM_TEST_MODE: 'maybe',
  });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'GREENROOM_PORT',
    'GREENROOM_PUBLIC_URL',
    'GREENROOM_TRUSTED_PROXIES',
    'GREENROOM_ROLE',
    'DATABASE_URL',
    'GREENROOM_MASTER_KEY_PREVIOUS',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'GREENROOM_TEST_MODE',
    'GREENROOM_MASTER_KEY',
    'TIKTOK_CLIENT_SECRET',
    'GREENROOM_PUBLIK_URL',
  ]);
});

test.each([
  ['GREENROOM_PROT', 'GREENROOM_PROT is no setting; did you mean GREENROOM_PORT?'],
  ['GREENROOM_MASTERKEY', 'GREENROOM_MASTERKEY is no setting; did you mean GREENROOM_MASTER_KEY?'],
  ['GREENROOM_COFFEE_MACHINE', 'GREENROOM_COFFEE_MACHINE is no setting'],
  [
    'GREENROOM_SERVICE_HOST',
    'GREENROOM_SERVICE_HOST is no setting: Kubernetes set it, unless enableServiceLinks is false in the pod',
  ],
])('an unknown key, %s, is told', (key, sentence) => {
  expect(problemsOf({ [key]: '1' })).toEqual([sentence]);
});

test('keys of the command line and of other programs are none of its business', () => {
  expect(
    problemsOf({ GREENROOM_URL: 'http://x', GREENROOM_API_KEY: 'grk_x', PATH: '/bin', HOME: '/' }),
  ).toEqual([]);
});

test('an empty value counts as none', () => {
  expect(readConfig({ GREENROOM_PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 8787 });
});

test('no problem repeats a value: it may be a secret', () => {
  const canary = 'canary-7f3a';
  const env = { DATABASE_URL: canary, GREENROOM_PORT: canary, GREENROOM_METRICS_TOKEN: canary };
  expect(problemsOf(env)).toHaveLength(3);
  expect(problemsOf(env).join('\n')).not.toContain(canary);
});

test.each([
  ['GREENROOM_PORT', '65536'],
  ['GREENROOM_PORT', '-1'],
  ['GREENROOM_PORT', '80.5'],
  ['GREENROOM_PORT', '1e3'],
  ['GREENROOM_PUBLIC_URL', 'ftp://example.com'],
  ['GREENROOM_PUBLIC_URL', 'https://user@example.com'],
  ['GREENROOM_PUBLIC_URL', 'greenroom.example.com'],
  ['GREENROOM_TRUSTED_PROXIES', 'nginx'],
  ['GREENROOM_TRUSTED_PROXIES', '127.0.0.1, 10.0.0.0/33'],
  ['GREENROOM_TRUSTED_PROXIES', '10.0.0.0/0'],
  ['GREENROOM_TRUSTED_PROXIES', '::1/129'],
  ['GREENROOM_TRUSTED_PROXIES', '10.0.0.0/8/8'],
  ['DATABASE_URL', 'localhost:5432'],
  ['DATABASE_URL', 'postgres://u:50%off@h/db'],
  ['DATABASE_URL', 'postgres://u%:p@h/db'],
  ['DATABASE_URL', 'postgres://u:p@h/d%b'],
  ['GREENROOM_MASTER_KEY', 'abc'],
  ['GREENROOM_MASTER_KEY', Buffer.alloc(31).toString('base64')],
  ['GREENROOM_MASTER_KEY_PREVIOUS', 'abc'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'only-a-name'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=c'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b%0Ac'],
  ['LOG_LEVEL', 'loud'],
])('%s refuses %s', (key, value) => {
  expect(problemsOf({ [key]: value })[0]).toMatch(`${key} takes `);
});

test('lists and headers come as they are used', () => {
  const config = readConfig({
    GREENROOM_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,, ::1, fd00::/8',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20b=, x-team = eu ,',
  });
  expect(config.trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']);
  expect(config.otlpHeaders?.open()).toEqual({ 'x-api-key': 'a b=', 'x-team': 'eu' });
});

test('a master key may have every form that its file may have', () => {
  const key = Buffer.alloc(32, 7);
  const former = Buffer.alloc(32, 8);
  for (const text of [
    key.toString('hex'),
    key.toString('base64url'),
    `${key.toString('base64')}\n`,
  ])
    expect(problemsOf({ GREENROOM_MASTER_KEY: text })).toEqual([]);
  const both = `${key.toString('base64')} ${former.toString('base64')}`;
  expect(problemsOf({ GREENROOM_MASTER_KEY: both })).toEqual([]);
});

describe('the public URL', () => {
  test.each([
    [{}, 'http://127.0.0.1:8787'],
    [{ GREENROOM_HOST: '0.0.0.0', GREENROOM_PORT: '80' }, 'http://127.0.0.1:80'],
    [{ GREENROOM_HOST: '::1' }, 'http://[::1]:8787'],
    [{ GREENROOM_PUBLIC_URL: 'https://green.example.com/' }, 'https://green.example.com'],
  ])('of %j is %s', (env: Record<string, string>, url) => {
    expect(readConfig(env).publicUrl).toBe(url);
  });

  test('follows the port that was found, unless it was set', () => {
    expect(withPort(readConfig({ GREENROOM_PORT: '0' }), 4711).publicUrl).toBe(
      'http://127.0.0.1:4711',
    );
    const set = readConfig({ GREENROOM_PORT: '0', GREENROOM_PUBLIC_URL: 'https://example.com' });
    expect(withPort(set, 4711)).toMatchObject({ port: 4711, publicUrl: 'https://example.com' });
  });
});

test('printing a configuration shows no secret of it', () => {
  const masterKey = Buffer.alloc(32, 'k').toString('base64');
  const config = readConfig({
    DATABASE_URL: 'postgres://greenroom:pa%20ss-word@db.example.com/greenroom',
    GREENROOM_MASTER_KEY: masterKey,
    TIKTOK_CLIENT_KEY: 'key',
    TIKTOK_CLIENT_SECRET: 'client-secret-text',
    GREENROOM_METRICS_TOKEN: 'metrics-token-text',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=collector-key-text',
  });
  const printed = [
    inspect(config, { depth: null, getters: true, showHidden: true }),
    JSON.stringify(config),
    JSON.stringify(withPort(config, 1)),
    `${String(config.databaseUrl)} ${String(config.otlpHeaders)}`,
    inspect(structuredClone({ ...config, masterKey: null, tiktokClientSecret: null })),
  ].join('\n');
  for (const secret of ['ss-word', masterKey, 'client-secret', 'metrics-token', 'collector-key']) {
    expect(printed).not.toContain(secret);
  }
  expect(config.databaseUrl?.open()).toContain('pa%20ss-word');
});

test('passwords are hashed for less only where tests are run', () => {
  const cheap = { GREENROOM_PASSWORD_COST: '8' };
  expect(problemsOf(cheap)).toEqual([expect.stringContaining('GREENROOM_PASSWORD_COST')]);
  expect(readConfig({ ...cheap, GREENROOM_TEST_MODE: 'true' }).passwordCost).toBe(8);
});
