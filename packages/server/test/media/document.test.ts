import { readFileSync } from 'node:fs';
import { problemKinds } from '@greenroom/contract';
import { expect, test } from 'vitest';
import { mediaRefusals } from '../../src/media/refusals.ts';

const page = readFileSync(new URL('../../../../docs/media.md', import.meta.url), 'utf8');

test('docs/media.md lists every reason for which a file is refused, in its words', () => {
  const rows = Object.entries(mediaRefusals).map(
    ([code, { remedy, words }]) => `| \`${code}\` | ${words} | ${remedy} |`,
  );
  const table = page.split('| reason | meaning | what to do |\n')[1]?.split('\n\n')[0];
  expect(table?.split('\n').slice(1)).toEqual(rows);
});

test('docs/media.md names problems that there are, with their status', () => {
  const named = [...page.matchAll(/(\d{3}) `([a-z-]+)`/g)];
  expect(named.length).toBeGreaterThan(5);
  const kinds: Readonly<Record<string, { readonly status: number }>> = problemKinds;
  for (const [, status, code = ''] of named) expect(kinds[code]?.status).toBe(Number(status));
});
