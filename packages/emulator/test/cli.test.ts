import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EmulatorControl } from '@greenroom/emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/greenroom-emulator.js', import.meta.url));

let folder: string;
const running: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-cli-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** The first line on stdout. */
  readonly line: Promise<string>;
}

/** Starts the command with its temporary files in the test's folder. */
function run(...args: string[]): Run {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, TMPDIR: folder },
    // A process group of its own, as a terminal gives a command.
    detached: true,
  });
  running.push(child);
  let stdout = '';
  let stderr = '';
  const line = new Promise<string>((resolve, reject) => {
    child.on('close', (code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
  });
  // A run that is meant to fail has no line, and nobody waits for it.
  line.catch(() => undefined);
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, line };
}

async function runJson(...args: string[]): Promise<Run & { ready: Record<string, string> }> {
  const started = run('--json', '--port', '0', ...args);
  // The line is one JSON object; its fields are compared by the tests.
  const ready = JSON.parse(await started.line) as Record<string, string>;
  return { ...started, ready };
}

describe('--json', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its addresses in one line when it answers, and ends cleanly on %s',
    async (signal) => {
      const { child, ended, ready } = await runJson('--dialect', 'lenient');
      const url = ready['url'] ?? '';
      expect(ready).toEqual({
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        port: Number(new URL(url).port),
        authorize_url: `${url}/v2/auth/authorize/`,
        control_url: `${url}/_emulator`,
        openapi_url: `${url}/_emulator/openapi.json`,
        inspector_url: `${url}/`,
        pid: expect.any(Number),
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      });
      expect((await new EmulatorControl(url).getState()).dialect).toBe('lenient');
      child.kill(signal);
      const { code, stderr, stdout } = await ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).toHaveLength(1);
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    },
  );

  test('with --tls names the certificate, whose folder is gone afterwards', async () => {
    const { child, ended, ready } = await runJson('--tls');
    const path = ready['ca_certificate'] ?? '';
    expect(ready['url']).toMatch(/^https:/);
    expect(await readFile(path, 'utf8')).toContain('BEGIN CERTIFICATE');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a signal', () => {
  test('to the whole process group, as Ctrl+C sends it, saves the snapshot and leaves no files', async () => {
    const path = join(folder, 'state.json');
    const { child, ended, ready } = await runJson('--snapshot', path);
    await new EmulatorControl(ready['url'] ?? '').putCreator('ada');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await readFile(path, 'utf8')).toContain('"ada"');
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s while it starts ends it as well',
    async (signal) => {
      const { child, ended } = run('--json', '--port', '0');
      const children = (): Promise<string> =>
        promisify(execFile)('pgrep', ['-P', String(child.pid)]).then(
          ({ stdout }) => stdout.trim(),
          () => '',
        );
      await expect.poll(children, { interval: 5 }).toMatch(/^\d+$/);
      child.kill(signal);
      const { code, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

test('--public-url is where the line sends a browser', async () => {
  const { child, ended, ready } = await runJson('--public-url', 'http://tiktok.test:4010/');
  expect(ready).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    public_url: 'http://tiktok.test:4010',
    authorize_url: 'http://tiktok.test:4010/v2/auth/authorize/',
    control_url: `${ready['url']}/_emulator`,
  });
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('ends when the process that was started is killed outright', async () => {
  const { child, ready } = await runJson();
  child.kill('SIGKILL');
  await expect
    .poll(
      () =>
        fetch(ready['url'] ?? '').then(
          () => 'answers',
          () => 'gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('gone');
});

test('without --json it says the same in words', async () => {
  const { child, ended, line } = run('--port', '0');
  expect(await line).toMatch(/^TikTok runs on http:\/\/127\.0\.0\.1:\d+ \(inspector /);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('--snapshot goes on where the last run ended', async () => {
  const path = join(folder, 'state.json');
  const first = await runJson('--snapshot', path);
  await new EmulatorControl(first.ready['url'] ?? '').putCreator('ada');
  first.child.kill('SIGTERM');
  expect((await first.ended).code).toBe(0);
  const second = await runJson('--snapshot', path, '--dialect', 'observed');
  const control = new EmulatorControl(second.ready['url'] ?? '');
  expect((await control.getState()).dialect).toBe('observed');
  const { creators } = await control.listCreators();
  expect(creators.map(({ username }) => username)).toContain('ada');
  second.child.kill('SIGTERM');
  expect((await second.ended).code).toBe(0);
});

describe('misuse', () => {
  test.each([
    [['--port', 'x'], '--port takes a number from 0 to 65535, not x'],
    [['--port', '65536'], '--port takes a number from 0 to 65535'],
    [['--dialect', 'loose'], '--dialect takes strict, observed or lenient'],
    [['--public-url', 'tiktok'], '--public-url takes an address'],
    [['--nonsense'], '--nonsense'],
    [['serve'], 'serve'],
  ])('%j exits 2 and says why', async (args, message) => {
    const { code, stderr, stdout } = await run(...args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: greenroom-emulator');
  });

  test('a seed that makes no sense exits 2 with file, line and field', async () => {
    const seed = join(folder, 'seed.yaml');
    await writeFile(seed, 'apps:\n  - client_key: a\n    typo: 1\n');
    const { code, stderr } = await run('--seed', seed).ended;
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `greenroom-emulator: ${seed}:3: apps[0].typo: there is no such field\n`,
    });
  });

  test('a snapshot that is none exits 2', async () => {
    const path = join(folder, 'state.json');
    await writeFile(path, '{}');
    const { code, stderr } = await run('--port', '0', '--snapshot', path).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('is no snapshot');
  });

  test('a port in use exits 1 and names it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    // A listening TCP server has an address object.
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run('--port', String(port)).ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `greenroom-emulator: Port ${port} of 127.0.0.1 is in use; choose another one, or 0 for any free one.\n`,
    });
    await new Promise((resolve) => other.close(resolve));
  });
});

test('--help and --version print and exit 0', async () => {
  const help = await run('--help').ended;
  expect(help.code).toBe(0);
  for (const option of [
    '--port',
    '--host',
    '--dialect',
    '--seed',
    '--snapshot',
    '--tls',
    '--json',
  ]) {
    expect(help.stdout).toContain(option);
  }
  const version = await run('--version').ended;
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
