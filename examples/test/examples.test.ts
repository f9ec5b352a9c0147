import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from '@greenroom/emulator';
import { expect, test } from 'vitest';
import { readCodeFences } from './support/code-fences.ts';

const root = join(import.meta.dirname, '../..');
const video = join(root, 'examples/demo/media/greenroom-demo.mp4');
const run = promisify(execFile);

function node(script: string, ...rest: string[]): [string, string[]] {
  return [process.execPath, ['--conditions=@greenroom/source', join(root, script), ...rest]];
}

test('publish-video publishes a file and prints its result', async () => {
  await using tiktok = await startEmulator();
  const { access_token } = await tiktok.control.createToken({
    client_key: 'audited',
    username: 'public_creator',
  });
  const { stdout } = await run(...node('examples/publish-video/main.ts', video), {
    env: { ...process.env, TIKTOK_URL: tiktok.url, TIKTOK_ACCESS_TOKEN: access_token },
  });
  expect(stdout).toContain("status: 'published'");
});

const wholeDemo = { timeout: 180_000 };

test(
  'the demo keeps two accounts fresh and publishes four posts, whose bytes arrive as sent',
  wholeDemo,
  async () => {
    const { stdout } = await run(...node('examples/demo/main.ts', '--once', '--json'));
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      ok: true,
      accounts: [
        { username: 'public_creator', state: 'connected', refreshes: 1 },
        { username: 'limited_creator', state: 'connected', refreshes: 1 },
      ],
      posts: [
        { kind: 'video', status: 'published', ids_match: true },
        { kind: 'photos', status: 'published', ids_match: true },
        { kind: 'draft', status: 'published', ids_match: true },
        { kind: 'scheduled', status: 'published', ids_match: true },
      ],
    });
  },
);

test('the demo sends a large video in chunks and leaves no file', wholeDemo, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-demo-test-'));
  const { stdout } = await run(
    ...node('examples/demo/main.ts', '--once', '--json', '--size', '130MB'),
    { env: { ...process.env, TMPDIR: folder } },
  );
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test('the demo says how it is used when it is misused', async () => {
  await expect(run(...node('examples/demo/main.ts', '--size', 'large'))).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--size'),
  });
});

test('a document that names a file above its block shows that file as it is', () => {
  const documents = ['README.md', 'packages/sdk/README.md', 'packages/emulator/README.md'];
  const shown = documents.flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8');
    return [...text.matchAll(/<!-- (examples\/\S+) -->\n(```[\s\S]*?^```)/gm)].map((match) => ({
      file: match[1] ?? '',
      code: readCodeFences(document, match[2] ?? '')[0]?.code,
    }));
  });
  expect(shown.length).toBeGreaterThan(0);
  for (const { file, code } of shown) {
    expect(code, file).toBe(readFileSync(join(root, file), 'utf8'));
  }
});
