import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PKCE_VECTOR } from '../fixtures/vectors.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const TOOLS = join(ROOT, '.tools/node_modules');

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-entries-'));
  program = join(folder, 'check-vectors.mjs');
  const entry = fileURLToPath(new URL('check-vectors.ts', import.meta.url));
  const options = ['--bundle', '--format=esm', '--target=es2022', `--outfile=${program}`];
  const conditions = '--conditions=@greenroom/source';
  await run(join(ROOT, 'node_modules/.bin/esbuild'), [entry, conditions, ...options]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['Node 20', 'node20/bin/node', []],
  ['Node 22', 'node22/bin/node', []],
  ['Bun', '.bin/bun', ['run']],
  ['Deno', '.bin/deno', ['run']],
])('logins and webhooks work in %s by web standards alone', async (_name, path, args) => {
  const command = join(TOOLS, path);
  if (!existsSync(command))
    throw new Error(`${command} is missing: run scripts/install-test-tools`);
  const { stdout } = await run(command, [...args, program]);
  expect(JSON.parse(stdout)).toEqual({
    event: 'post.publish.complete',
    refused: 'webhook_signature_mismatch',
    challenge: PKCE_VECTOR.codeChallenge,
    challengeIsOfVerifier: true,
    code: 'a*0!6',
    printed: false,
  });
});
