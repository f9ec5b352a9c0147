import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-zsh-'));
  await writeFile(join(folder, 'greenroom.zsh'), (await runCli(['completion', 'zsh'])).stdout);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Types a line and a tab into an interactive zsh on a terminal of its own, and gives the line that zsh makes of it
 * (a widget shows it between two marks) and all that it has shown.
 */
async function typed(line: string): Promise<string> {
  const { stdout } = await run(
    'zsh',
    [
      '-f',
      '-c',
      `zmodload zsh/zpty
zpty shell 'TERM=dumb PS1= zsh -f -i'
zpty -w shell 'unsetopt zle_bracketed_paste 2>/dev/null; source ${folder}/greenroom.zsh; show() { zle -I; print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show; bindkey "^I" complete-word; print rea""dy'
out=""
while zpty -r shell part; do out+=$part; [[ $out == *ready* ]] && break; done
zpty -w -n shell ${JSON.stringify(line)}$'\\t'$'\\x18'
out=""
while zpty -r shell part; do out+=$part; [[ $out == *'>>'* ]] && break; done
print -r -- "$out"
zpty -d shell`,
    ],
    { env: { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'dumb' }, timeout: 30_000 },
  );
  return stdout;
}

test.each([
  { line: 'greenroom ser', becomes: '<<greenroom serve >>' },
  { line: 'greenroom keys r', becomes: '<<greenroom keys rotate >>' },
  { line: 'greenroom serve --role wo', becomes: '<<greenroom serve --role worker >>' },
  { line: 'greenroom serve --por', becomes: '<<greenroom serve --port >>' },
  {
    line: 'greenroom api-keys create n --scope accounts:read act',
    becomes: '<<greenroom api-keys create n --scope accounts:read activity:read >>',
  },
])('zsh completes "$line"', async ({ becomes, line }) => {
  expect(await typed(line)).toContain(becomes);
});

test('zsh says what each word does', async () => {
  const shown = await typed('greenroom accounts ');
  expect(shown).toMatch(/list\s+-- /);
});
