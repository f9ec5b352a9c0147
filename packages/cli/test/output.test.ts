import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { toState } from '../src/commands/api-keys.ts';
import { describeAccount } from '../src/connect/account-words.ts';
import { createOutput, toTable } from '../src/output.ts';
import { runCli } from './support/run-cli.ts';

// Clears the screen, sets the window's title, and forges a row.
const HOSTILE = 'x\u001b[2J\u001b]0;pwned\u0007\r\nforged row\u202e';

/** What would steer a terminal; a line's end is ours. */
const STEERING = /[^\P{Cc}\n]|\u202e/u;

test('texts of other people do not steer the terminal, and stay what they are in JSON', async () => {
  const key = {
    id: '5b1e8a5e-3f63-4b8e-9a3c-0f9be63e8f53',
    name: HOSTILE,
    token_end: 'abcd',
    scopes: ['activity:read'],
    created_by: 'somebody',
    created_at: '2026-11-21T16:00:00.000Z',
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
  };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ items: [key], next_cursor: null }));
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    // It listens on TCP, so its address is no pipe's name.
    const { port } = server.address() as AddressInfo;
    const env = { GREENROOM_URL: `http://127.0.0.1:${port}`, GREENROOM_API_KEY: 'grk_x' };
    const { stdout } = await runCli(['api-keys', 'list'], { env });
    expect(stdout).not.toMatch(STEERING);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    const json = await runCli(['api-keys', 'list', '--json'], { env });
    expect(JSON.parse(json.stdout)).toEqual({ items: [key] });
  } finally {
    server.close();
  }
});

test('a key whose end has passed is expired', async () => {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const states = [
    [{ expires_at: null, revoked_at: null }, 'good'],
    [{ expires_at: at(1), revoked_at: null }, `until ${at(1).slice(0, 10)}`],
    [{ expires_at: at(-1), revoked_at: null }, `expired ${at(-1).slice(0, 10)}`],
    [{ expires_at: at(-1), revoked_at: at(-2) }, 'revoked'],
  ] as const;
  for (const [key, words] of states) expect(toState(key)).toContain(words);
});

test('a problem of the server does not steer the terminal either', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    const problem = {
      type: 'http://127.0.0.1/docs/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: HOSTILE,
      instance: 'urn:uuid:5b1e8a5e-3f63-4b8e-9a3c-0f9be63e8f53',
      code: 'not-found',
    };
    response.end(JSON.stringify(problem));
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    // It listens on TCP, so its address is no pipe's name.
    const { port } = server.address() as AddressInfo;
    const env = { GREENROOM_URL: `http://127.0.0.1:${port}`, GREENROOM_API_KEY: 'grk_x' };
    const { stderr } = await runCli(['api-keys', 'list'], { env });
    expect(stderr).toContain('pwned');
    expect(stderr).not.toMatch(STEERING);
  } finally {
    server.close();
  }
});

test('a row is a line whatever its cells hold', () => {
  const lines = toTable(['id', 'name'], [['1', HOSTILE]]).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toMatch(STEERING);
});

test('an account has no more lines than facts, whatever its creator is called', () => {
  const account = {
    id: 'an id',
    app_id: 'an app',
    open_id: HOSTILE,
    username: null,
    display_name: HOSTILE,
    avatar_url: null,
    state: 'connected',
    connected_at: '2026-11-21T16:00:00.000Z',
    access_expires_at: null,
    refresh_expires_at: null,
    scopes: [],
    health: { is_healthy: true, reasons: [] },
  };
  // Only what is printed.
  const words = describeAccount(account as unknown as Parameters<typeof describeAccount>[0]);
  expect(words.split('\n')).toHaveLength(6);
  expect(words).not.toMatch(STEERING);
});

test('talk and words keep the lines that are ours', () => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const output = createOutput({ stdout, stderr }, () => false);
  output.print({}, () => 'one\ntwo\u001b[2J');
  output.talk('three\u0007');
  expect(String(stdout.read())).toBe('one\ntwo\ufffd[2J\n');
  expect(String(stderr.read())).toBe('three\ufffd\n');
});
