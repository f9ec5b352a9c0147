import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playTikTok, type Reply, type ScriptedTikTok, UPLOAD } from '../publish/scripted-tiktok.ts';
import { readDemoVideo } from '../publish/videos.ts';
import type { RuntimeReport } from './publish-anywhere.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const TOOLS = join(ROOT, '.tools/node_modules');
const POST_ID = '7678907398077074696';

let folder: string;
let commandLine: string;
let worker: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-runtimes-'));
  commandLine = await bundle('command-line.ts');
  worker = await bundle('worker.ts');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Bundles the root entry, as it is, with a program: no runtime needs more than web standards. */
async function bundle(program: string): Promise<string> {
  const entry = fileURLToPath(new URL(program, import.meta.url));
  const file = join(folder, program.replace('.ts', '.mjs'));
  const format = ['--bundle', '--format=esm', '--target=es2022', `--outfile=${file}`];
  await run(join(ROOT, 'node_modules/.bin/esbuild'), [entry, ...format]);
  return file;
}

/** Path of a tool, which has to be there. */
function tool(path: string): string {
  const file = join(TOOLS, path);
  if (!existsSync(file)) throw new Error(`${file} is missing: run scripts/install-test-tools`);
  return file;
}

const sendVideo: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'video/mp4' }).end(readDemoVideo());
};

/** Lets a runtime publish to a server, and checks what that heard. */
async function check(
  publish: (tiktok: ScriptedTikTok) => Promise<RuntimeReport>,
): Promise<RuntimeReport> {
  await using tiktok = await playTikTok({ '/video.mp4': [sendVideo] });
  const report = await publish(tiktok);
  expect(report.statuses).toEqual(['status', 'published', 'status', 'published']);
  expect(report.postIds).toEqual([POST_ID, POST_ID]);
  const video = readDemoVideo();
  const sha256 = createHash('sha256').update(video).digest('hex');
  const chunks = tiktok.to(UPLOAD);
  expect(chunks).toHaveLength(2);
  for (const chunk of chunks) {
    expect(chunk.sha256).toBe(sha256);
    // TikTok refuses chunked transfer encoding.
    expect(chunk.headers['content-length']).toBe(String(video.byteLength));
    expect(chunk.headers).not.toHaveProperty('transfer-encoding');
    expect(chunk.headers).not.toHaveProperty('authorization');
  }
  return report;
}

function start(command: string, ...options: string[]) {
  return async (tiktok: ScriptedTikTok): Promise<RuntimeReport> => {
    const { stdout } = await run(command, [...options, commandLine, tiktok.url], {
      timeout: 60_000,
    });
    // It printed a report.
    return JSON.parse(stdout) as RuntimeReport;
  };
}

describe('the root entry publishes', () => {
  test('in Node 22', async () => {
    const node = tool('node22/bin/node');
    expect((await run(node, ['--version'])).stdout).toMatch(/^v22\./);
    const { source } = await check(start(node));
    expect(source).toBe('12345678901234567890');
  });

  test.each([
    { name: 'without source access', options: [] },
    {
      name: 'with source access that is not what became the standard',
      options: ['--harmony-json-parse-with-source'],
    },
  ])('in Node 20 $name, with exact ids by its own parser', async ({ options }) => {
    const node = tool('node20/bin/node');
    expect((await run(node, ['--version'])).stdout).toMatch(/^v20\./);
    const { source } = await check(start(node, ...options));
    if (options.length === 0) expect(source).toBeUndefined();
  });

  test('in Bun', () => check(start(tool('.bin/bun'))));

  test('in Deno', () => check(start(tool('.bin/deno'), 'run', '--no-prompt', '--allow-net')));

  test('in workerd, as on the edge', async () => {
    const { Miniflare } = await loadMiniflare();
    const script = await readFile(worker, 'utf8');
    const miniflare = new Miniflare({
      modules: true,
      script,
      compatibilityDate: '2026-07-01',
    });
    try {
      await check(async (tiktok) => {
        const response = await miniflare.dispatchFetch(`http://worker/?tiktok=${tiktok.url}`);
        const text = await response.text();
        expect(response.status, text).toBe(200);
        // It answered with a report.
        return JSON.parse(text) as RuntimeReport;
      });
    } finally {
      await miniflare.dispose();
    }
  });
});

/** The part of miniflare that is used; it is a tool and no dependency, so that its types are not here. */
interface MiniflareModule {
  readonly Miniflare: new (options: {
    modules: boolean;
    script: string;
    compatibilityDate: string;
  }) => {
    dispatchFetch(url: string): Promise<{ status: number; text(): Promise<string> }>;
    dispose(): Promise<void>;
  };
}

async function loadMiniflare(): Promise<MiniflareModule> {
  const manifest: { main: string } = JSON.parse(
    await readFile(tool('miniflare/package.json'), 'utf8'),
  );
  const module: unknown = await import(pathToFileURL(join(TOOLS, 'miniflare', manifest.main)).href);
  // What it exports is written above.
  return module as MiniflareModule;
}
