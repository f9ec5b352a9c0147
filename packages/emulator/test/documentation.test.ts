import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Comment, Program } from 'oxc-parser';
import { parseSync } from 'oxc-parser';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
// Inside the package, so that its name and its dependencies resolve.
const scratch = join(root, 'node_modules/.cache/examples');
afterAll(() => rm(scratch, { recursive: true, force: true }));

interface SourceFile {
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

async function parse(path: string): Promise<SourceFile> {
  const text = await readFile(path, 'utf8');
  const { comments, program } = parseSync(path, text);
  return { text, program, comments };
}

/** Names that the package exports, with the files that declare them. */
async function listPublicNames(): Promise<{ name: string; file: string }[]> {
  const { program } = await parse(join(source, 'index.ts'));
  return program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || node.source === null) return [];
    const file = join(source, node.source.value);
    return node.specifiers.map(({ local }) => ({
      name: local.type === 'Identifier' ? local.name : '',
      file,
    }));
  });
}

function hasDocumentation({ comments, text }: SourceFile, start: number): boolean {
  return comments.some(
    ({ end, type, value }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      text.slice(end, start).trim() === '',
  );
}

/** What of an exported declaration lacks a TSDoc comment: itself, or members that a user can see. */
function listUndocumented(file: SourceFile, name: string): string[] {
  for (const node of file.program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.declaration === null) continue;
    const { declaration } = node;
    const id = 'id' in declaration ? declaration.id : null;
    if (id === null || id.type !== 'Identifier' || id.name !== name) continue;
    const own = hasDocumentation(file, node.start) ? [] : [name];
    return [
      ...own,
      ...membersOf(declaration)
        .filter(({ start }) => !hasDocumentation(file, start))
        .map(({ key }) => `${name}.${key}`),
    ];
  }
  return [`${name} is not declared where index.ts takes it from`];
}

/** Members that need words: not private ones, and not what the language gives its meaning. */
function membersOf(declaration: { type: string }): { key: string; start: number }[] {
  if (!('body' in declaration)) return [];
  const { body } = declaration as { body: { body?: readonly Member[] } | null };
  return (body?.body ?? []).flatMap((member) => {
    const key = member.key?.type === 'Identifier' ? (member.key.name ?? '') : '';
    return key === '' || key === 'constructor' || key === 'name'
      ? []
      : [{ key, start: member.start }];
  });
}

interface Member {
  readonly start: number;
  readonly key?: { readonly type: string; readonly name?: string };
}

test.each(await listPublicNames())(
  '$name is documented, with its members',
  async ({ file, name }) => {
    expect(listUndocumented(await parse(file), name)).toEqual([]);
  },
);

test('what OpenAPI says of a field is what its TSDoc says', async () => {
  const files = ['settings.ts', 'faults.ts', 'seed-schema.ts', 'control/schemas.ts'];
  let checked = 0;
  for (const file of files) {
    const text = await readFile(join(source, file), 'utf8');
    const fields = text.matchAll(
      /^( +)\/\*\* (.+) \*\/\n +(\w+): [\s\S]*?(?=\n\1(?:\/\*\*|\w+:|\}))/gm,
    );
    for (const [field, , documented = '', name = ''] of fields) {
      const described = /description:\s*'([^']*)'/.exec(field)?.[1];
      if (described === undefined) continue;
      checked += 1;
      expect({ name, documented: described }).toEqual({ name, documented });
    }
  }
  expect(checked).toBeGreaterThan(40);
});

describe('examples', () => {
  test('compile', async () => {
    const files = (await readdir(source, { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    const examples: string[] = [];
    for (const name of files) {
      const text = await readFile(join(source, name), 'utf8');
      for (const [, block = ''] of text.matchAll(/\* ```ts\n([\s\S]*?)\n *\* ```/g)) {
        examples.push(block.replaceAll(/^ *\* ?/gm, ''));
      }
    }
    expect(examples.length).toBeGreaterThanOrEqual(2);
    await mkdir(scratch, { recursive: true });
    for (const [index, example] of examples.entries()) {
      await writeFile(join(scratch, `example-${index}.ts`), `${example}\nexport {};\n`);
    }
    const config = {
      extends: join(root, '../../tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        composite: false,
        types: ['node'],
        lib: ['es2023', 'esnext.disposable'],
      },
      include: ['*.ts'],
    };
    await writeFile(join(scratch, 'tsconfig.json'), JSON.stringify(config));
    const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
    const compile = () =>
      execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', scratch], {
        encoding: 'utf8',
      });
    expect(compile()).toBe('');
  });
});
