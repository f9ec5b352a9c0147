import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes } from '../src/wire/error-codes.ts';
import { oauthErrorCodes } from '../src/wire/oauth-answer.ts';
import { codeTable } from './code-table.ts';
import { findRow, toCodesPage } from './code-table-page.ts';
import { documentedCodes } from './documented-codes.ts';
import { isNamedTest } from './support/named-tests.ts';

const documented = documentedCodes.flatMap(({ where, answers }) =>
  answers.map((answer) => [where, answer] as const),
);

test.each(documented)('%s answers %s', (where, answer) => {
  expect(findRow(where, answer)).toBeDefined();
});

test('the table has nothing that is not documented', () => {
  const listed = codeTable.flatMap(({ where, answer }) =>
    where.map((place) => `${place} ${answer}`),
  );
  expect(listed.toSorted()).toEqual(documented.map((pair) => pair.join(' ')).toSorted());
});

test('every code that the emulator can answer is documented', () => {
  const known = documented.map(([, answer]) => answer.split(' ').at(-1));
  for (const code of Object.keys(errorCodes)) expect(known).toContain(code);
  for (const code of oauthErrorCodes) expect(known).toContain(code);
});

test.each(
  codeTable.flatMap(({ answer, where, tests }) => tests.map((name) => [answer, where[0], name])),
)('%s of %s has a test: %s', (_answer, _where, name = '') => {
  expect({ name, isThere: isNamedTest(name) }).toEqual({ name, isThere: true });
});

test('docs/emulator-codes.md is current: else run `node scripts/write-emulator-codes.ts`', () => {
  const page = new URL('../../../docs/emulator-codes.md', import.meta.url);
  expect(existsSync(page) ? readFileSync(page, 'utf8') : '').toBe(toCodesPage());
});
