import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { commands } from '../src/commands.ts';
import { bin, runCli } from './support/run-cli.ts';

describe('without a command', () => {
  test('--version prints the version of the package', async () => {
    const { version } = manifest;
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('--help names every command, on stdout', async () => {
    const { code, stderr, stdout } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test('nothing at all is misuse, and prints the help on stderr', async () => {
    const { code, stderr, stdout } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: greenroom');
  });
});

test.each([
  { args: ['serv'], says: /unknown command 'serv'\n\(Did you mean serve\?\)/ },
  { args: ['acounts', 'list'], says: /unknown command 'acounts'\n\(Did you mean accounts\?\)/ },
  { args: ['serve', '--prot', '1'], says: /unknown option '--prot'\n\(Did you mean --port\?\)/ },
  { args: ['serve', '--role', 'boss'], says: /Allowed choices are all, web, worker/ },
  { args: ['accounts', 'show'], says: /missing required argument/ },
  { args: ['completion', 'fish'], says: /Allowed choices are bash, zsh/ },
])('$args is misuse: says so on stderr and ends with 2', async ({ args, says }) => {
  const { code, stderr, stdout } = await runCli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/^greenroom: /);
});

test.each([
  { args: ['--json', 'frob'], title: "unknown command 'frob'" },
  { args: ['frob', '--json'], title: "unknown command 'frob'" },
  {
    args: ['invite', '--role', 'admin', '--json'],
    title: expect.stringContaining('Allowed choices are owner, editor, viewer'),
  },
  { args: ['--json', 'accounts', 'show'], title: "missing required argument 'account'" },
  { args: ['--json'], title: 'A command is missing.' },
])('$args is misuse: one object on stdout, and 2', async ({ args, title }) => {
  const { code, stdout } = await runCli(args);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { title, remedy: 'Run it with --help to see what it takes.' },
  });
});

test('--json behind -- is an argument like others', async () => {
  expect(await runCli(['accounts', 'show', 'a', 'b', '--', '--json'])).toMatchObject({
    code: 2,
    stdout: '',
  });
});

test.each(commands.map(({ name }) => name))('%s --help ends with 0', async (name) => {
  const { code, stdout } = await runCli([name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: greenroom/);
});

describe('an answer of the server', () => {
  let close = () => {};
  afterEach(() => close());

  async function serverThatSays(status: number, body: object): Promise<Record<string, string>> {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    close = () => server.close();
    // It listens on TCP, so its address is no pipe's name.
    const { port } = server.address() as AddressInfo;
    return { GREENROOM_URL: `http://127.0.0.1:${port}`, GREENROOM_API_KEY: 'grk_x' };
  }

  const problem = {
    type: 'http://127.0.0.1/docs/problems/invalid-request',
    title: 'The request is not valid',
    status: 400,
    detail: 'One field is not valid.',
    instance: 'urn:uuid:5b1e8a5e-3f63-4b8e-9a3c-0f9be63e8f53',
    code: 'invalid-request',
    errors: [{ in: 'path', pointer: '/id', detail: 'Takes a UUID.' }],
  };

  test('that is a problem is printed in words, with the fields and what to do', async () => {
    const env = await serverThatSays(400, problem);
    const { code, stderr, stdout } = await runCli(['accounts', 'show', 'x'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('greenroom: The request is not valid: One field is not valid.');
    expect(stderr).toContain('/id Takes a UUID.');
    expect(stderr).toContain('Correct them and send the request again.');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('is one object on stdout with --json, before or behind the command', async () => {
    const env = await serverThatSays(400, problem);
    for (const args of [
      ['--json', 'accounts', 'show', 'x'],
      ['accounts', 'show', 'x', '--json'],
    ]) {
      const { code, stdout } = await runCli(args, { env });
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'invalid-request' } });
    }
  });

  test('shows its stack with --debug', async () => {
    const env = await serverThatSays(400, problem);
    const { stderr } = await runCli(['accounts', 'list', '--debug'], { env });
    expect(stderr).toMatch(/^\s+at /m);
  });

  test('that does not come is told with the reason', async () => {
    const env = await serverThatSays(200, {});
    // It was there, and is gone.
    close();
    const { code, stderr } = await runCli(['accounts', 'list'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/did not answer at http:\/\/127\.0\.0\.1:.*ECONNREFUSED/);
    expect(stderr).toContain('greenroom serve');
  });
});

test('a reader that has seen enough is no failure', async () => {
  const { stderr } = await promisify(execFile)('bash', [
    '-c',
    `set -o pipefail; "${process.execPath}" "${bin}" openapi | head -c 10 >/dev/null`,
  ]);
  expect(stderr).toBe('');
});

test('openapi prints the document', async () => {
  const { code, stdout } = await runCli(['openapi', '--server-url', 'https://g.example.com']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    openapi: expect.stringMatching(/^3\.1/),
    info: { version: manifest.version },
    servers: [{ url: expect.stringContaining('https://g.example.com') }],
  });
});

test('help loads neither the server nor the emulator: it is there at once', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [bin, '--help'], {
    env: { ...process.env, NODE_DEBUG: 'esm' },
    maxBuffer: 100_000_000,
  });
  expect(stderr).toContain('commander');
  expect(stderr).not.toMatch(/packages\/(?:server|emulator)\/src|node_modules\/(?:fastify|zod)\//);
});
