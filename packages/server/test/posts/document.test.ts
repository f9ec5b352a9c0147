import { readFile } from 'node:fs/promises';
import { operations, type PostState } from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requiredDeclaration } from '../../src/posts/rules/declaration.ts';
import { ruleProblems } from '../../src/posts/rules/problems.ts';
import { transitions } from '../../src/posts/transitions.ts';
import { runGreenroom } from '../accounts/support/command-line.ts';
import {
  addAttempt,
  type PostInput,
  type PostWorld,
  startPostWorld,
} from './support/post-world.ts';

let world: PostWorld;
let page: string;
beforeAll(async () => {
  world = await startPostWorld();
  page = await readFile(new URL('../../../../docs/posts.md', import.meta.url), 'utf8');
});
afterAll(() => world[Symbol.asyncDispose]());

function chapter(title: string): string {
  return page.split(new RegExp(`^##+ ${title}$`, 'm'))[1]?.split(/^##+ /m)[0] ?? '';
}

/** Rows of a chapter's table, cell by cell; its head and line are left out. */
function rowsOf(title: string): string[][] {
  const lines = chapter(title)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('shows the table of transitions as the code has it', () => {
  expect(rowsOf('Transitions')).toEqual(
    transitions.map(({ from, to, when }) => [`\`${from}\``, `\`${to}\``, when]),
  );
});

test('says what each state means', () => {
  const { options } = operations.getPost.answers[200].shape.state;
  expect(rowsOf('States').map(([state]) => state)).toEqual(options.map((state) => `\`${state}\``));
});

test('says each finding in the words that the server says it in', () => {
  expect(rowsOf('What is checked')).toEqual(
    Object.entries(ruleProblems).map(([code, [words, remedy]]) => [`\`${code}\``, words, remedy]),
  );
});

test('has both declarations letter for letter', () => {
  for (const brand_content_toggle of [false, true]) {
    const text = requiredDeclaration({ post_mode: 'DIRECT_POST', brand_content_toggle });
    expect(chapter('Choices and consent')).toContain(`\`${text}\``);
  }
});

test('the request of the page makes a scheduled post', async () => {
  const [, body = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const input = body
    .replace('ACCOUNT_ID', await world.creator())
    .replace('MEDIA_ID', await world.media())
    // A page is read for years, and a moment in it is soon in the past.
    .replace(
      /"publish_at": "[^"]+"/,
      `"publish_at": "${new Date(Date.now() + 3_600_000).toISOString()}"`,
    );
  const post = await world.workspace.api.createPost(JSON.parse(input) as PostInput); // as: the server checks it
  expect(post).toMatchObject({ state: 'scheduled', version: 1 });
});

test('every command of the page does what it says', { timeout: 120_000 }, async () => {
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const lines = block.trim().split('\n');
  const stories: readonly { readonly before: PostState; readonly after: RegExp }[] = [
    { before: 'held', after: /held/ },
    { before: 'held', after: /scheduled/ },
    { before: 'scheduled', after: /scheduled/ },
    { before: 'published', after: /published/ },
    { before: 'scheduled', after: /canceled/ },
    { before: 'failed', after: /queued|publishing|being sent/ },
    { before: 'unknown', after: /failed/ },
  ];
  expect(lines).toHaveLength(stories.length);
  for (const [index, { before, after }] of stories.entries()) {
    const { id } = await world.postIn(before);
    if (before === 'unknown') await addAttempt(world, id, { source: 'FILE_UPLOAD' });
    const at = new Date(Date.now() + 7_200_000).toISOString();
    const args = (lines[index] ?? '')
      .replace('POST_ID', id)
      .replace(/--at \S+/, `--at ${at}`)
      .split(' ')
      .slice(1);
    const done = await runGreenroom(world, world.workspace, args).ended;
    expect(done, lines[index]).toMatchObject({ code: 0 });
    expect(done.stdout, lines[index]).toMatch(after);
  }
});
