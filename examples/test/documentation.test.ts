import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CodeFence, readCodeFences, readExamples } from './support/code-fences.ts';
import { readPublicNames } from './support/public-documentation.ts';

const root = join(import.meta.dirname, '../..');
const entries = [
  'packages/sdk/src/index.ts',
  'packages/sdk/src/node/index.ts',
  'packages/sdk/src/oauth/index.ts',
  'packages/sdk/src/webhooks/index.ts',
  'packages/emulator/src/index.ts',
  'packages/contract/src/index.ts',
  'packages/contract/src/openapi/index.ts',
  'packages/contract/src/local-time/index.ts',
  'packages/server/src/index.ts',
];
const names = entries.flatMap((entry) => readPublicNames(join(root, entry)));

describe.each(entries)('%s', (entry) => {
  const own = readPublicNames(join(root, entry));

  test('documents every name that it exports', () => {
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((one) => one.comment === undefined).map((one) => one.name)).toEqual([]);
  });

  test('documents every field, option and method', () => {
    const bare = own.flatMap((one) => one.undocumentedMembers.map((it) => `${one.name}.${it}`));
    expect(bare).toEqual([]);
  });
});

test('every example in the documents and in TSDoc compiles', { timeout: 180_000 }, () => {
  const documents = globSync(['README.md', 'docs/*.md', 'packages/*/README.md'], { cwd: root });
  const fences = [
    ...documents.flatMap((file) => readCodeFences(join(root, file))),
    ...names.flatMap((one) => readExamples(one.file, one.comment ?? '')),
  ].filter((fence) => fence.language === 'ts');
  expect(fences.length).toBeGreaterThan(0);
  expect(compile(fences)).toBe('');
});

/** Type-checks each block as a module of its own; gives the compiler's complaints, by the block's place. */
function compile(fences: readonly CodeFence[]): string {
  const folder = join(root, 'examples/node_modules/.cache/documentation');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const places = new Map<string, string>();
  for (const [index, fence] of fences.entries()) {
    const file = `block-${index}.ts`;
    places.set(file, relative(root, fence.place));
    writeFileSync(join(folder, file), `${fence.code}\nexport {};\n`);
  }
  const config = {
    extends: relative(folder, join(root, 'tsconfig.base.json')),
    compilerOptions: {
      composite: false,
      noEmit: true,
      noUnusedLocals: false,
      // The server's sources are read along with the examples.
      lib: ['es2024', 'esnext.disposable'],
    },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: folder,
    });
    return '';
  } catch (error) {
    // execFileSync fails with what the process printed.
    const { stdout } = error as { readonly stdout: string };
    return stdout.replace(/block-\d+\.ts/g, (file) => places.get(file) ?? file);
  }
}
