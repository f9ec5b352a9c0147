import { expect, test } from 'vitest';
import { rewriteAwaits } from '../crash/await-sites.ts';
import { listAwaitSites } from '../crash/publish-path.ts';

const HERE = '__greenroomAwait';

test.each([
  {
    name: 'an await',
    source: 'const x = await work();',
    code: `const x = await ${HERE}.value('a.ts:1:11', work());`,
  },
  {
    name: 'an await in an await',
    source: 'await (await fetch(u)).text();',
    code: `await ${HERE}.value('a.ts:1:1', (await ${HERE}.value('a.ts:1:8', fetch(u))).text());`,
  },
  {
    name: 'an await with a type, behind letters of several bytes',
    source: "say('é😀');\n  return await (work() as Promise<string>);",
    code: `say('é😀');\n  return await ${HERE}.value('a.ts:2:10', (work() as Promise<string>));`,
  },
  {
    name: 'a loop over what is awaited',
    source: 'for await (const x of await list()) use(x);',
    code: `for await (const x of ${HERE}.each('a.ts:1:1', await ${HERE}.value('a.ts:1:23', list()))) use(x);`,
  },
  {
    name: 'the end of a scope',
    source: 'await using a = await open(), b = a.b();',
    code: `await using __await0 = ${HERE}.closed('a.ts:1:1'), a = await ${HERE}.value('a.ts:1:17', open()), b = a.b(), __await1 = ${HERE}.closing('a.ts:1:1');`,
  },
])('rewrites $name', ({ source, code }) => {
  const wrapped = (text: string) => `async function f(){${text}}`;
  // Rewritten inside a function, compared without it: columns count from the function's start.
  const shift = wrapped('').length - 1;
  const expected = code.replaceAll(/a\.ts:1:(\d+)/g, (_, column) => `a.ts:1:${+column + shift}`);
  expect(rewriteAwaits(wrapped(source), 'a.ts').code).toBe(wrapped(expected));
});

test('names the function around a place, and the outer one of two', () => {
  const source = `
    export async function publish() { await init(); const later = async () => { await send(); }; }
    class Upload { async #send() { await put(); } readonly wait = async () => await tick(); }
    const poll = async () => { await ask(); };
    await poll();`;
  const { sites } = rewriteAwaits(source, 'a.ts');
  expect(sites.map(({ within }) => within)).toEqual([
    'publish',
    'publish',
    'Upload.#send',
    'Upload',
    'poll',
    '',
  ]);
});

test('refuses what it cannot rewrite, instead of leaving it out', () => {
  const loop = 'async function f() { for (await using x of list) use(x); }';
  expect(() => rewriteAwaits(loop, 'a.ts')).toThrow('head of a loop');
  expect(() => rewriteAwaits('await await', 'a.ts')).toThrow(SyntaxError);
});

test('finds each place of the publish path once, in sources that stay sources', () => {
  const sites = listAwaitSites();
  expect(new Set(sites.map(({ id }) => id)).size).toBe(sites.length);
  expect(sites.filter(({ file }) => file.startsWith('packages/sdk/')).length).toBeGreaterThan(60);
});
