import { expect, test } from 'vitest';
import { createLog } from '../../src/logging/log.ts';
import { toPlainLine } from '../../src/logging/plain-line.ts';

const HOSTILE = 'x\u001b[2J\u0007\n17:00:00 info  forged';

/** What a log that is written for people says. */
function written(fields: object, words: string): string {
  let text = '';
  const destination = {
    write: (line: string) => {
      text += toPlainLine(line);
    },
  };
  createLog({ level: 'trace', destination }).info(fields, words);
  return text;
}

test('a line has the time, the level, the words and the facts', () => {
  expect(written({ attempts: 2, route: '/healthz', held: ['a'] }, 'it went well')).toMatch(
    /^\d\d:\d\d:\d\d info {2}it went well attempts=2 route=\/healthz held=\[ 'a' \]\n$/,
  );
});

test.each([
  ['the words', () => written({}, HOSTILE)],
  ['a fact', () => written({ name: HOSTILE }, 'words')],
  ['a deep fact', () => written({ a: { b: HOSTILE } }, 'words')],
  ["a fact's name", () => written({ [HOSTILE]: 1 }, 'words')],
])(
  'texts of other people in %s make no line of their own and do not steer the terminal',
  (_, write) => {
    const text = write();
    expect(text.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('forged');
  },
);

test('what an error says stands indented below its line', () => {
  const lines = written({ err: new Error(HOSTILE) }, 'words')
    .trimEnd()
    .split('\n');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}words$/);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}\P{Cc}*$/u);
});
