import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';

const run = promisify(execFile);

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-completion-'));
  script = join(folder, 'greenroom.bash');
  await writeFile(script, (await runCli(['completion', 'bash'])).stdout);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What bash itself offers for a line whose last word is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const { stdout } = await run('bash', [
    '--norc',
    '-c',
    `source "${script}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _greenroom; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    'greenroom',
    ...words,
  ]);
  return stdout.trim().split('\n');
}

test.each([
  { words: ['ser'], offers: ['serve'] },
  {
    words: ['accounts', ''],
    offers: expect.arrayContaining(['list', 'show', 'refresh', 'disconnect', '--json']),
  },
  { words: ['--json', 'keys', 'ro'], offers: ['rotate'] },
  { words: ['serve', '--ro'], offers: ['--role'] },
  { words: ['serve', '--role', ''], offers: ['all', 'web', 'worker'] },
  { words: ['serve', '--role', 'w'], offers: ['web', 'worker'] },
  { words: ['invite', '--role', ''], offers: ['owner', 'editor', 'viewer'] },
  // As readline splits it: a colon is a word of its own.
  {
    words: ['api-keys', 'create', 'n', '--scope', 'accounts', ':', ''],
    offers: ['read', 'connect', 'manage'],
  },
  {
    words: ['api-keys', 'create', 'n', '--scope', 'accounts', ':'],
    offers: ['read', 'connect', 'manage'],
  },
  { words: ['api-keys', 'create', 'n', '--scope', 'accounts', ':', 're'], offers: ['read'] },
  { words: ['api-keys', 'create', 'n', '--scope', 'accounts:re'], offers: ['read'] },
  {
    words: ['api-keys', 'create', 'n', '--scope', 'accounts', ':', 'read', 'act'],
    offers: ['activity:read'],
  },
  {
    words: ['api-keys', 'create', 'n', '--scope', 'accounts:read', 'act'],
    offers: ['activity:read'],
  },
  {
    words: ['api-keys', 'create', 'n', '--scope', 'accounts', ':', 'read', '--exp'],
    offers: ['--expires-in-days'],
  },
  {
    words: ['posts', ''],
    offers: expect.arrayContaining(['list', 'show', 'cancel', 'retry', 'resolve', 'watch']),
  },
  { words: ['posts', 'list', '--state', 'pub'], offers: ['publishing', 'published'] },
  { words: ['posts', 'resolve', 'x', '--outcome', 'not'], offers: ['not_posted'] },
  { words: ['publish', 'clip.mp4', '--privacy', 'SELF'], offers: ['SELF_ONLY'] },
  { words: ['publish', 'clip.mp4', '--allow', 'comment', 'd'], offers: ['duet'] },
  { words: ['publish', '--promotes', 'your'], offers: ['your-brand'] },
  // A file, or a name.
  { words: ['publish', 'clip.mp4', '--account', ''], offers: [''] },
  { words: ['import', 'plan.csv', '--dry'], offers: ['--dry-run'] },
  { words: ['serve', '--role', 'web', 'w'], offers: [''] },
  { words: ['completion', ''], offers: expect.arrayContaining(['bash', 'zsh']) },
  // Nothing of ours: bash offers files.
  { words: ['serve', '--data', ''], offers: [''] },
  { words: ['nonsense-'], offers: [''] },
])('bash completes $words', async ({ offers, words }) => {
  expect(await offered(...words)).toEqual(offers);
});

test('bash takes the script as `source <(greenroom completion bash)`', async () => {
  const { stdout } = await run('bash', [
    '--norc',
    '-c',
    `source "${script}"; complete -p greenroom`,
  ]);
  expect(stdout.trim()).toBe('complete -o default -F _greenroom greenroom');
});
