import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { scopeRoles } from '@greenroom/contract';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { runCli as runInProcess } from '../src/program.ts';
import { bin, type CliRun, type RunEnd, runCli, startCli } from './support/run-cli.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let server: CliRun;
let url: string;
let ownerKey: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-people-'));
  const env = { LOG_LEVEL: 'silent' };
  server = startCli(['serve', '--json', '--port', '0', '--data', 'data'], { cwd: folder, env });
  await vi.waitFor(() => expect(server.stdout()).toMatch(/\n$/), { timeout: 50_000 });
  ({ url } = JSON.parse(server.stdout()));
  ownerKey = (await readFile(join(folder, 'data', 'owner.key'), 'utf8')).trim();
});
afterAll(async () => {
  process.kill(-(server.child.pid ?? 0), 'SIGTERM');
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(folder, 'home-'));
});

/** Runs a command where the server runs. */
function here(...args: string[]): Promise<RunEnd> {
  return runCli([...args, '--data', 'data'], { cwd: folder });
}

/** Runs a command on another machine: without the data folder. */
function away(...args: string[]): Promise<RunEnd> {
  return runCli(args, { cwd: home, env: { HOME: home } });
}

/** Runs `greenroom login` with something on stdin. */
async function login(stdin: string, ...args: string[]): Promise<RunEnd> {
  const child = spawn(process.execPath, [bin, 'login', ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.end(stdin);
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

test('a key on stdin is checked, kept for this person alone, and used from then on', async () => {
  const nobody = await away('api-keys', 'list');
  expect(nobody.code).toBe(1);
  expect(nobody.stderr).toContain('greenroom login');

  const done = await login(`${ownerKey}\n`, `${url}/`, '--json');
  expect({ code: done.code, said: JSON.parse(done.stdout) }).toEqual({
    code: 0,
    said: { url, workspace: expect.objectContaining({ name: 'Main' }) },
  });
  expect(done.stdout + done.stderr).not.toContain(ownerKey);
  const file = join(home, '.config', 'greenroom', 'login.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url, api_key: ownerKey });

  expect((await away('api-keys', 'list')).code).toBe(0);
  expect((await away('login', '--forget')).code).toBe(0);
  expect((await away('api-keys', 'list')).code).toBe(1);
});

test.each([
  { what: 'nothing', stdin: '', words: 'There is no API key on stdin.' },
  { what: 'something else', stdin: 'hunter2', words: 'This is no API key' },
  { what: 'an unknown key', stdin: `grk_${'x'.repeat(43)}`, words: 'The API key is unknown.' },
])('$what on stdin is refused and nothing is kept', async ({ stdin, words }) => {
  const done = await login(stdin, url);
  expect(done).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) });
  expect(done.stderr).not.toContain('hunter2');
  await expect(stat(join(home, '.config'))).rejects.toThrow('ENOENT');
});

test('without a terminal the address must be given', async () => {
  expect(await login(ownerKey)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('login <url>'),
  });
  expect(await login(ownerKey, 'greenroom')).toMatchObject({ code: 1 });
});

test('on a terminal the key is typed and never shown', async () => {
  const typed = new PassThrough();
  const stdin = Object.assign(typed, { isTTY: true, setRawMode: () => typed });
  let shown = '';
  const stderr = new PassThrough().on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const stdout = new PassThrough().resume();
  const ended = runInProcess(['login', url], { env: { HOME: home }, stdin, stdout, stderr });
  await vi.waitFor(() => expect(shown).toContain('API key'), { timeout: 20_000 });
  typed.write(ownerKey);
  typed.write('\r');
  expect(await ended).toBe(0);
  expect(shown).not.toContain(ownerKey.slice(4, 12));
  const kept = await readFile(join(home, '.config', 'greenroom', 'login.json'), 'utf8');
  expect(JSON.parse(kept)).toEqual({ url, api_key: ownerKey });
});

test('a key is made, listed and revoked', async () => {
  const made = await here(
    'api-keys',
    'create',
    'reporting',
    '--scope',
    'accounts:read',
    'activity:read',
  );
  expect(made.code).toBe(0);
  const key = made.stdout.trim();
  expect(key).toMatch(/^grk_[\w-]{43}$/);
  expect(made.stderr).toContain('not shown again');

  const listed = await here('api-keys', 'list', '--json');
  const { items } = JSON.parse(listed.stdout);
  expect(items[0]).toMatchObject({
    name: 'reporting',
    token_end: key.slice(-4),
    scopes: ['accounts:read', 'activity:read'],
  });
  expect(listed.stdout).not.toContain(key);

  const env = { GREENROOM_URL: url, GREENROOM_API_KEY: key };
  expect((await runCli(['accounts', 'list'], { cwd: home, env })).code).toBe(0);
  expect((await here('api-keys', 'revoke', items[0].id)).code).toBe(0);
  const refused = await runCli(['accounts', 'list'], { cwd: home, env });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was revoked') });
  expect((await here('api-keys', 'list')).stdout).toMatch(/reporting.*revoked/);
});

test.each([
  { args: ['create', 'x'], words: '--scope' },
  { args: ['create', 'x', '--scope', 'everything'], words: 'Allowed choices' },
  {
    args: ['create', 'x', '--scope', 'accounts:read', '--expires-in-days', '0'],
    words: '1 to 3650',
  },
])('api-keys $args is misused', async ({ args, words }) => {
  const done = await here('api-keys', ...args);
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});

test('every scope of the contract can be asked for', async () => {
  const help = await here('api-keys', 'create', '--help');
  for (const scope of Object.keys(scopeRoles)) expect(help.stdout).toContain(`"${scope}"`);
});

test('a lost first link is made again', async () => {
  const made = await here('invite', '--role', 'owner');
  expect(made.code).toBe(0);
  expect(made.stdout.trim()).toMatch(new RegExp(`^${url}/setup#[\\w-]{43}$`));
  const [, token] = made.stdout.trim().split('#');
  const person = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };
  const joined = await fetch(`${url}/api/v1/invitations/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, person }),
  });
  expect(joined.status).toBe(201);
});

test('every command of docs/people.md does what it says', async () => {
  const guide = await readFile(new URL('../../../docs/people.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );
  expect(blocks).toHaveLength(8);
  let id = '';
  for (const line of blocks) {
    const args = line
      .replace(/^echo "\$KEY" \| /, '')
      .replace('KEY_ID', id)
      .split(' ')
      .slice(1);
    const isPiped = line.startsWith('echo');
    const done = isPiped
      ? await login(ownerKey, ...args.slice(1).map((arg) => arg.replace(/^https:.*/, url)))
      : await here(...args);
    expect(done, line).toMatchObject({ code: 0 });
    if (line.includes('api-keys list'))
      id = /^(\S+) +reporting .*until/m.exec(done.stdout)?.[1] ?? '';
  }
});

test('docs/people.md tells of each scope who may hand it out', async () => {
  const guide = await readFile(new URL('../../../docs/people.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| `(\w+:\w+)` \| [^|]+ \| (\w+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, scope, role]) => [scope, role]))).toEqual(scopeRoles);
});
