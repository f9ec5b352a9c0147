import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CliRun, runCli, startCli } from './support/run-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

const DEADLINE = { timeout: 60_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-serve-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Waits until a command has printed something that matches. */
async function printed(run: CliRun, pattern: RegExp): Promise<string> {
  await vi.waitFor(() => {
    if (run.child.exitCode !== null) throw new Error(`it ended: ${run.stderr()}`);
    expect(run.stdout()).toMatch(pattern);
  }, DEADLINE);
  return run.stdout();
}

test('serve says where it is, how to begin and where its data is; Ctrl+C stops it in order', async () => {
  await using server = startCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder });
  const said = await printed(server, /Ctrl\+C stops it/);
  expect(said).toMatch(/Greenroom runs at http:\/\/127\.0\.0\.1:\d+\./);
  expect(said).toMatch(/This link works once:\n\n {2}http:\/\/127\.0\.0\.1:\d+\/setup#\S{20,}/);
  expect(said).toContain('Everything it keeps is in data.');
  // The link is a secret: it is for whoever reads the terminal, and in no log.
  expect(server.stderr()).not.toContain('/setup#');

  // Commands beside it find the server and the owner's key by the data folder.
  const listed = await runCli(['accounts', 'list', '--json', '--data', 'data'], { cwd: folder });
  expect({ code: listed.code, out: JSON.parse(listed.stdout) }).toEqual({
    code: 0,
    out: expect.objectContaining({ items: [] }),
  });
  const found = await runCli(['doctor', '--json', '--data', 'data'], { cwd: folder });
  expect(JSON.parse(found.stdout)).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ check: 'server', words: expect.stringContaining('is ready') }),
    ]),
  });

  // A second server on the folder is refused with the first one's process id.
  const second = await runCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder });
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/is in use by process \d+/);

  // A terminal sends Ctrl+C to the whole process group, and the checkout's bin passes it on again.
  process.kill(-(server.child.pid ?? 0), 'SIGINT');
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('the server has stopped'),
  });
  expect(await readdir(join(folder, 'data'))).not.toContain('server.json');
});

test('serve --json prints one line when it is ready, and SIGTERM stops it', async () => {
  await using server = startCli(['serve', '--json', '--port', '0', '--data', 'data'], {
    cwd: folder,
    env: { LOG_LEVEL: 'silent' },
  });
  const ready: unknown = JSON.parse(await printed(server, /\n$/));
  expect(ready).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    public_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    role: 'all',
    data_folder: 'data',
    setup_url: expect.stringContaining('/setup#'),
    pid: expect.any(Number),
  });
  server.child.kill('SIGTERM');
  const { code, stdout } = await server.ended;
  expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 1 });
});

test('serve that is stopped while it starts ends with 0 and leaves nothing running', async () => {
  await using server = startCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder });
  await vi.waitFor(() => expect(server.stderr()).toContain('Making the database'), DEADLINE);
  server.child.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  await using again = startCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder });
  await printed(again, /Ctrl\+C stops it/);
});

test('doctor ends with 1 when something keeps Greenroom from working', async () => {
  const env = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x', GREENROOM_PORT: '0' };
  const { code, stdout } = await runCli(['doctor'], { cwd: folder, env });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ database \(failed\): .*\n {4}→ Start it/);
});

test('emulator runs TikTok with greenroom-emulator’s own options', async () => {
  await using tiktok = startCli(['emulator', '--json', '--port', '0', '--dialect', 'lenient']);
  const { url } = JSON.parse(await printed(tiktok, /\n$/)) as { readonly url: string };
  const state = await (await fetch(`${url}/_emulator/state`)).json();
  expect(state).toMatchObject({ dialect: 'lenient' });
  tiktok.child.kill('SIGTERM');
  expect((await tiktok.ended).code).toBe(0);
});
