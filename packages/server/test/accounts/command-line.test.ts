import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandEnd, followConsent, runGreenroom } from './support/command-line.ts';
import { connect } from './support/connect.ts';
import { startWorld, type TestWorkspace, type World } from './support/world.ts';

// Each command is a process of its own, which takes its time on a busy machine.
const PATIENCE = { timeout: 180_000 };

let world: World;
let workspace: TestWorkspace;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  workspace = await world.addWorkspace();
});

async function creator(username: string): Promise<string> {
  await world.tiktok.control.putCreator(username, { nickname: `The ${username}` });
  return username;
}

async function connectAs(username: string) {
  return connect(world, workspace, { username: await creator(username) });
}

function run(...args: string[]): Promise<CommandEnd> {
  return runGreenroom(world, workspace, args).ended;
}

describe('greenroom connect', PATIENCE, () => {
  test('prints the address, waits for the creator, and shows the account', async () => {
    const username = await creator('typed');
    const command = runGreenroom(world, workspace, ['connect', '--no-browser']);
    const page = await followConsent(world, await command.consentPage, {
      username,
      decision: 'allow',
    });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<h1>Connected</h1>');
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('@typed (The typed): connected');
    expect(stdout).not.toContain('http');
    expect((await workspace.api.listAccounts()).items).toMatchObject([{ username }]);
  });

  test('opens the browser that is set, and prints JSON on stdout alone', async () => {
    const username = await creator('browsed');
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-browser-'));
    const browser = join(folder, 'browser');
    await writeFile(
      browser,
      `#!${process.execPath}
const decide = await fetch('${world.tiktok.url}/_emulator/consents', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ authorize_url: process.argv[2], username: '${username}', decision: 'allow' }),
});
await fetch((await decide.json()).redirect_url);
`,
    );
    await chmod(browser, 0o755);
    const env = { BROWSER: browser };
    const { code, stdout } = await runGreenroom(world, workspace, ['connect', '--json'], env).ended;
    await rm(folder, { recursive: true });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ username, state: 'connected' });
  });

  test('a browser that cannot be started is no failure', async () => {
    const username = await creator('browserless');
    const env = { BROWSER: '/nonexistent/browser' };
    const command = runGreenroom(world, workspace, ['connect'], env);
    await followConsent(world, await command.consentPage, { username, decision: 'allow' });
    expect(await command.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Open TikTok's consent page in a browser on this machine"),
    });
  });

  test('the creator refuses: exit code 1, and both the page and the terminal say so', async () => {
    const username = await creator('refusing');
    const command = runGreenroom(world, workspace, ['connect', '--no-browser']);
    const page = await followConsent(world, await command.consentPage, {
      username,
      decision: 'deny',
    });
    expect(await page.text()).toContain('<h1>Not connected</h1>');
    const { code, stderr, stdout } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The creator refused the login.');
  });

  test('an account is connected again by its handle, and another creator is refused', async () => {
    const { id } = await connectAs('handle');
    await creator('impostor');
    const again = (username: string) => {
      const command = runGreenroom(world, workspace, [
        'connect',
        '--no-browser',
        '--json',
        '--account',
        '@handle',
      ]);
      return { command, username };
    };
    const wrong = again('impostor');
    await followConsent(world, await wrong.command.consentPage, {
      username: wrong.username,
      decision: 'allow',
    });
    const refused = await wrong.command.ended;
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: 'account-other-identity' },
    });
    const right = again('handle');
    await followConsent(world, await right.command.consentPage, {
      username: right.username,
      decision: 'allow',
    });
    expect(JSON.parse((await right.command.ended).stdout)).toMatchObject({ id });
  });

  test('what is not the redirect that it waits for is turned away, and it goes on waiting', async () => {
    const username = await creator('waited');
    const command = runGreenroom(world, workspace, ['connect', '--no-browser']);
    const address = new URL(await command.consentPage);
    const redirectUri = address.searchParams.get('redirect_uri') ?? '';
    const state = address.searchParams.get('state') ?? '';
    const attempts = [
      fetch(`${redirectUri}?code=c0de&state=forged`),
      fetch(`${redirectUri}?code=%E0%A4%A&state=%E0%A4%A`),
      fetch(redirectUri),
      fetch(`${new URL(redirectUri).origin}/?code=c0de&state=${state}`),
      fetch(`${redirectUri}?code=c0de&state=${state}`, { method: 'POST' }),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual(
      attempts.map(() => 404),
    );
    expect(await statusAs('greenroom.example', `${redirectUri}?code=c0de&state=${state}`)).toBe(
      404,
    );
    await followConsent(world, address.href, { username, decision: 'allow' });
    expect((await command.ended).code).toBe(0);
  });

  test('nobody comes in time', async () => {
    const { code, stderr } = await run('connect', '--no-browser', '--timeout', '0.005');
    expect(code).toBe(1);
    expect(stderr).toContain('Nobody came back from TikTok within 0.005 minutes.');
  });

  test('Ctrl-C ends it, and says that nothing was connected', async () => {
    const command = runGreenroom(world, workspace, ['connect', '--no-browser']);
    await command.consentPage;
    command.child.kill('SIGINT');
    expect(await command.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Interrupted: no account was connected.'),
    });
  });

  test.each([
    { args: ['--port', '70000'], words: 'from 0 to 65535' },
    { args: ['--timeout', '31'], words: 'at most 30' },
    { args: ['--scopes', ','], words: 'names no scope' },
    { args: ['--made-up'], words: 'unknown option' },
  ])('$args is misused: exit code 2', async ({ args, words }) => {
    const { code, stderr } = await run('connect', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

/** Asks under another name for this machine, as a page that rebinds its own name does. */
function statusAs(host: string, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

describe('greenroom accounts', PATIENCE, () => {
  test('list: a table for people, JSON for programs', async () => {
    expect((await run('accounts', 'list')).stdout).toContain('There are none.');
    const { id } = await connectAs('listed');
    const { code, stdout } = await run('accounts', 'list');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID +ACCOUNT +STATE +HEALTH$/),
      expect.stringMatching(new RegExp(`^${id} +@listed +connected +well$`)),
      '',
    ]);
    const json = await run('accounts', 'list', '--json', '--state', 'connected');
    expect(JSON.parse(json.stdout)).toEqual({
      items: [expect.objectContaining({ id, username: 'listed' })],
    });
    const gone = await run('accounts', 'list', '--json', '--state', 'disconnected');
    expect(JSON.parse(gone.stdout)).toEqual({ items: [] });
  });

  test('show, refresh and disconnect take an id or a handle', async () => {
    const { id } = await connectAs('Tended');
    const shown = await run('accounts', 'show', 'tended', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ id });
    const refreshed = await run('accounts', 'refresh', '@Tended');
    expect(refreshed).toMatchObject({ code: 0, stdout: expect.stringContaining(': connected') });
    const gone = await run('accounts', 'disconnect', id);
    expect(gone.code).toBe(0);
    expect(gone.stdout).toContain('@Tended (The Tended): disconnected');
    expect(gone.stdout).toContain('A person disconnected this account in Greenroom');
    expect((await run('accounts', 'disconnect', id)).code).toBe(0);
    expect(await run('accounts', 'refresh', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The account is not connected'),
    });
  });

  test('a handle that nobody has, and one that two accounts have', async () => {
    expect(await run('accounts', 'show', '@nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no account @nobody.'),
    });
    const first = await connectAs('first');
    const second = await connectAs('second');
    await world.rows(`update accounts set username = 'same' where id in ($1, $2)`, [
      first.id,
      second.id,
    ]);
    const { code, stderr } = await run('accounts', 'show', 'same');
    expect(code).toBe(1);
    expect(stderr).toContain(first.id);
    expect(stderr).toContain(second.id);
  });

  test.each([
    { args: ['accounts'] },
    { args: ['accounts', 'show'] },
    { args: ['accounts', 'list', '--state', 'lost'] },
  ])('$args is misused: exit code 2', async ({ args }) => {
    expect((await run(...args)).code).toBe(2);
  });
});

test('every command of docs/accounts.md does what it says', PATIENCE, async () => {
  const page = await readFile(new URL('../../../../docs/accounts.md', import.meta.url), 'utf8');
  const blocks = page.matchAll(/```sh\n(.*?)```/gs);
  const lines = Array.from(blocks, ([, block = '']) => block.trim().split('\n')).flat();
  expect(lines.length).toBeGreaterThan(8);
  const { id } = await connectAs('documented');
  for (const line of lines) {
    const [program, ...args] = line.replace('ACCOUNT_ID', id).split(' ');
    expect(program).toBe('greenroom');
    const command = runGreenroom(world, workspace, args);
    if (args[0] === 'connect') {
      const decision = { username: 'documented', decision: 'allow' } as const;
      await followConsent(world, await command.consentPage, decision);
    }
    expect(await command.ended, line).toMatchObject({ code: 0 });
  }
});
