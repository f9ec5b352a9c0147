import { type ImportRow, ImportRowSchema } from '@greenroom/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProblemError } from '../../src/http/problem-error.ts';
import { columnNames } from '../../src/posts/import/columns.ts';
import { readCsv } from '../../src/posts/import/read-csv.ts';
import { readRow } from '../../src/posts/import/read-row.ts';
import { fromSafeCell, toSafeCell } from '../../src/posts/import/safe-cell.ts';
import { writeCsv } from '../../src/posts/import/write-csv.ts';

test.each([
  { what: 'lines apart by LF', csv: 'account,title\n@ada,Hello\n' },
  { what: 'lines apart by CRLF', csv: 'account,title\r\n@ada,Hello\r\n' },
  { what: 'lines apart by CR', csv: 'account,title\r@ada,Hello' },
  { what: 'a byte order mark', csv: '\u{feff}account,title\n@ada,Hello' },
  { what: 'semicolons', csv: 'account;title\n@ada;Hello' },
  { what: 'tabs', csv: 'account\ttitle\n@ada\tHello' },
  { what: 'quotes', csv: '"account","title"\n"@ada","Hello"' },
  { what: 'headings with spaces and capitals', csv: ' Account , TITLE\n@ada,Hello' },
  { what: 'spaces around a word', csv: 'account,title\n  @ada ,Hello' },
  { what: 'an apostrophe before what looks like a formula', csv: "account,title\n'@ada,Hello" },
])('a file with $what is read', ({ csv }) => {
  expect(readCsv(csv, 10)).toEqual([
    { row: 1, line: 2, fields: { account: '@ada', title: 'Hello' }, problems: [] },
  ]);
});

test('rows are numbered, and found by the line on which they begin', () => {
  const csv = 'account,title\r\na,"one\r\ntwo"\r\n\r\n,\r\nb,"say ""hi"", Ada"\r\n';
  expect(readCsv(csv, 10).map(({ row, line, fields }) => [row, line, fields])).toEqual([
    [1, 2, { account: 'a', title: 'one\r\ntwo' }],
    [2, 6, { account: 'b', title: 'say "hi", Ada' }],
  ]);
});

test('cells are read by the kind of their column, and empty ones say nothing', () => {
  const csv = `account,media,title,disable_comment,is_aigc,photo_cover_index,publish_at
a, one.jpg | two.jpg ,  two words  ,TRUE,false,3, 2026-12-01 09:00
b,,,,,,`;
  expect(readCsv(csv, 10).map(({ fields }) => fields)).toEqual([
    {
      account: 'a',
      media: ['one.jpg', 'two.jpg'],
      title: '  two words  ',
      disable_comment: true,
      is_aigc: false,
      photo_cover_index: 3,
      publish_at: '2026-12-01 09:00',
    },
    { account: 'b' },
  ]);
});

test.each([
  { what: 'nothing', csv: '\n\n', words: 'no column account' },
  { what: 'headings only', csv: 'account,title\n,\n', words: 'no row below' },
  { what: 'an unknown column', csv: 'account,caption\na,b', words: '"caption"' },
  { what: 'a column without a name', csv: 'account,\na,b', words: '""' },
  { what: 'a column twice', csv: 'account,title,Title\na,b,c', words: 'twice: title' },
  { what: 'no account', csv: 'title\na', words: 'no column account' },
  { what: 'a quote that never ends', csv: 'account,title\na,"b', words: 'at line 2' },
  { what: 'a quote within a cell', csv: 'account,title\na,b\nc,d"e"', words: 'at line 3' },
  { what: 'a row too many', csv: 'account\na\nb\nc\nd', words: 'more than 3 rows' },
  { what: 'a million line ends', csv: `account${'\n,'.repeat(1_000_000)}`, words: 'more than 3' },
])('a file with $what is refused as a whole', ({ csv, words }) => {
  const read = () => readCsv(csv, 3);
  expect(read).toThrow(ProblemError);
  expect(read).toThrow(words);
});

test('what is wrong a million times is told a few times', () => {
  const headings = `account${',x'.repeat(1_000_000)}`;
  const read = () => readCsv(`${headings}\na`, 3);
  expect(read).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,800}$/) }));
  const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, 1]));
  const problems = readRow({ row: 1, line: null, fields, problems: [] }, null);
  expect(problems).toHaveLength(20);
});

test.each([
  { cell: 'true,yes', code: 'cells_uneven', pointer: '' },
  { cell: 'yes', code: 'cell_unreadable', pointer: '/disable_comment' },
])('a row with $cell is told of by itself', ({ cell, code, pointer }) => {
  const [row] = readCsv(`account,disable_comment\na,${cell}`, 3);
  expect(row?.problems).toEqual([expect.objectContaining({ code, pointer, is_blocking: true })]);
});

test.each([
  ['=1+1', "'=1+1"],
  ['@ada', "'@ada"],
  ['-5 °C', "'-5 °C"],
  ['+49', "'+49"],
  ['\tx', "'\tx"],
  ['\rx', "'\rx"],
  ['\nx', "'\nx"],
  ['＝1', "'＝1"],
  ["'=1", "''=1"],
  ["it's", "it's"],
  ["'tis", "'tis"],
  ['a=b', 'a=b'],
  ['', ''],
])('%j is exported as %j', (text, cell) => {
  expect(toSafeCell(text)).toBe(cell);
  expect(fromSafeCell(cell)).toBe(text);
});

const nasty = fc.string({
  unit: fc.constantFrom(
    ...[
      '=',
      '+',
      '-',
      '@',
      "'",
      '"',
      ',',
      ';',
      '\t',
      '\r',
      '\n',
      ' ',
      '|',
      'a',
      'ß',
      '👩‍🎤',
      '\u{feff}',
    ],
  ),
  maxLength: 12,
});

test('no exported cell begins like a formula, and each is read as it was', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(toSafeCell(text)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      expect(fromSafeCell(toSafeCell(text))).toBe(text);
    }),
  );
});

const word = fc.stringMatching(/^[\w.-]{1,20}$/);
const choice = fc.option(fc.boolean());
const importRow: fc.Arbitrary<ImportRow> = fc.record({
  account: word,
  media: fc.array(word, { maxLength: 4 }),
  media_type: fc.constantFrom(null, 'VIDEO', 'PHOTO'),
  post_mode: fc.constantFrom('DIRECT_POST', 'MEDIA_UPLOAD'),
  title: nasty,
  description: nasty,
  privacy_level: fc.constantFrom(null, 'SELF_ONLY', 'PUBLIC_TO_EVERYONE'),
  disable_comment: choice,
  disable_duet: choice,
  disable_stitch: choice,
  commercial_disclosure: choice,
  brand_organic_toggle: choice,
  brand_content_toggle: choice,
  is_aigc: fc.boolean(),
  auto_add_music: fc.boolean(),
  video_cover_timestamp_ms: fc.option(fc.integer({ min: 0, max: 600_000 })),
  photo_cover_index: fc.integer({ min: 0, max: 34 }),
  publish_at: fc.constantFrom(null, '2026-12-01T09:00:00.000Z'),
  time_zone: fc.constantFrom(null, 'UTC'),
});

test('what is exported as CSV is imported as it was', () => {
  fc.assert(
    fc.property(fc.array(importRow, { minLength: 1, maxLength: 5 }), (rows) => {
      const read = readCsv(writeCsv(rows), 10).map((raw) => readRow(raw, null));
      expect(read).toEqual(rows.map((row) => expect.objectContaining({ row })));
    }),
  );
});

test('every field of a row has its column', () => {
  expect(columnNames).toEqual(Object.keys(ImportRowSchema.shape));
});
