import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportRowSchema } from '@greenroom/contract';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commands } from '../src/commands.ts';
import { withDatesAhead } from './support/days.ts';
import { mediaFile, type Site, startSite } from './support/site.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.connect('public_creator');
  await copyFile(mediaFile('pass.mp4'), join(site.folder, 'clip.mp4'));
  await copyFile(mediaFile('photo-1080x1350.jpg'), join(site.folder, 'one.jpg'));
  await copyFile(mediaFile('photo-1080x1350.webp'), join(site.folder, 'two.webp'));
  const [plan = ''] = readBlocks(await readGuide('import.md'), 'csv');
  await writeFile(join(site.folder, 'plan.csv'), plan);
});
afterAll(() => site[Symbol.asyncDispose]());

async function readGuide(name: string): Promise<string> {
  return withDatesAhead(await readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8'));
}

/** The blocks of a language in a guide. */
function readBlocks(guide: string, language: string): string[] {
  const fence = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...guide.matchAll(fence)].map(([, block = '']) => block);
}

/** The words of a command line, as a shell takes them. */
function toWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
}

test.each([
  { name: 'command-line.md', count: 12 },
  { name: 'import.md', count: 8 },
])('every command of docs/$name does what it says', async ({ name, count }) => {
  const lines = readBlocks(await readGuide(name), 'sh').flatMap((block) =>
    block.trim().split('\n'),
  );
  expect(lines).toHaveLength(count);
  let id = '';
  for (const line of lines) {
    const [program, ...args] = toWords(line.replace('POST_ID', id));
    expect(program).toBe('greenroom');
    const done = await site.run(...args);
    expect(done, line).toMatchObject({ code: 0 });
    id = /"posts":\[\{"id":"([^"]+)"/.exec(done.stdout)?.[1] ?? id;
  }
});

test('docs/import.md tells of every column, and of no other', async () => {
  const guide = await readGuide('import.md');
  const rows = [...guide.matchAll(/^\| `(\w+)` \| .* \| .* \|$/gm)].map(([, column]) => column);
  expect(rows.filter((row) => !/^(goes_out|held|refused)$/.test(row ?? ''))).toEqual(
    Object.keys(ImportRowSchema.shape),
  );
});

test('what the guides name in their texts are commands and options that there are', async () => {
  const program = new Command('greenroom').option('--json').option('--help').option('--data <f>');
  const context = Object.create(null);
  for (const { load } of commands) (await load())(program, context);
  for (const name of ['command-line.md', 'import.md', 'posts.md']) {
    const guide = await readGuide(name);
    const named = [...guide.matchAll(/`(?:greenroom )([^`\n]+)`/g)].map(([, line = '']) => line);
    for (const line of named) {
      const { command, flags } = findCommand(program, toWords(line));
      const known = [...command.options, ...program.options].map(({ long }) => long);
      expect(known, `${name}: greenroom ${line}`).toEqual(expect.arrayContaining(flags));
    }
  }
});

/** The command that words name, and the options behind it. */
function findCommand(program: Command, words: readonly string[]) {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
  }
  expect(command.name(), words.join(' ')).not.toBe('greenroom');
  return { command, flags: words.filter((word) => word.startsWith('--')) };
}
