import fc from 'fast-check';
import { parse as parseLossless } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import {
  hasSourceAccess,
  parseJson,
  parseWithQuotes,
  parseWithSource,
  readPostIds,
} from '../src/json.ts';

const ENGINES = [
  { name: 'the runtime with source access', parse: parseWithSource },
  { name: 'the fallback without it', parse: parseWithQuotes },
  { name: 'the parser that chooses', parse: parseJson },
];

/** Any JSON text whose integers are of up to twenty-five digits, and what it must become. */
const int64 = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n });
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(
    int64,
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('7678907398077074696', '"7678907398077074696', '\\7678907398077074696:'),
    fc.boolean(),
    fc.constant(null),
  ),
  list: fc.array(tie('value')),
  object: fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', '12', 'id')),
    tie('value'),
  ),
}));

function toText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(toText).join(' ,\n')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([key, field]) => `${JSON.stringify(key)} : ${toText(field)}`,
  );
  return `{${fields.join(',')}}`;
}

// The third party: a library that neither engine is made of.
function parseByReferee(text: string): unknown {
  return parseLossless(text, null, {
    onDuplicateKey: ({ newValue }) => newValue,
    parseNumber: (digits) => (/^-?\d+$/.test(digits) && !isSafe(digits) ? digits : Number(digits)),
  });
}

function isSafe(digits: string): boolean {
  return Number.isSafeInteger(Number(digits));
}

describe.each(ENGINES)('$name', ({ parse }) => {
  test('reads whatever JSON.stringify writes, with the digits of every integer', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const text = toText(value);
        expect(parse(text)).toStrictEqual(parseByReferee(text));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the digits of ids through a round trip', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), (id) => {
        const text = `{"data":{"publicaly_available_post_id":[${id}]},"s":"${id}"}`;
        const parsed = parse(text);
        expect(parsed).toEqual({ data: { publicaly_available_post_id: [`${id}`] }, s: `${id}` });
        expect(parse(JSON.stringify(parsed))).toEqual(parsed);
      }),
    );
  });

  test.each([
    '{"id":7678907398077074696',
    '{7678907398077074696:1}',
    '[07678907398077074696]',
    '"7678907398077074696',
    '<html>7678907398077074696</html>',
    '',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(SyntaxError);
  });

  test('takes the last of two equal keys and leaves fractions and exponents numbers', () => {
    const text = '{"a":1,"a":7678907398077074696,"b":7678907398077074.696,"c":7678907398077074e3}';
    expect(parse(text)).toEqual({
      a: '7678907398077074696',
      b: Number('7678907398077074.696'),
      c: Number('7678907398077074e3'),
    });
  });
});

describe('a runtime is asked for source access by example', () => {
  test('this one has it', () => {
    expect(hasSourceAccess()).toBe(true);
  });

  test.each<[string, typeof JSON.parse]>([
    ['none', (text, reviver) => JSON.parse(text, (key, value) => reviver?.call({}, key, value))],
    [
      'the rounded number',
      (text, reviver: ((key: string, value: unknown, context?: object) => unknown) | undefined) =>
        JSON.parse(text, (key, value) => reviver?.(key, value, { source: String(value) })),
    ],
    [
      'that of another number',
      (text, reviver: ((key: string, value: unknown, context?: object) => unknown) | undefined) =>
        JSON.parse(text, (key, value) => reviver?.(key, value, { source: '9007199254740993' })),
    ],
    [
      'an error',
      () => {
        throw new TypeError('no reviver here');
      },
    ],
  ])('one that hands out %s is told', (_what, parse) => {
    expect(hasSourceAccess(parse)).toBe(false);
  });
});

describe('the ids of public posts are read', () => {
  const id = '7678907398077074696';
  test.each([
    ['a list of numbers', `{"publicaly_available_post_id":[${id}]}`, [id]],
    ['a list of strings', `{"publicaly_available_post_id":["${id}"]}`, [id]],
    ['several', `{"publicaly_available_post_id":[${id},"${id}1"]}`, [id, `${id}1`]],
    ['a bare number', `{"publicaly_available_post_id":${id}}`, [id]],
    ['a bare string', `{"publicaly_available_post_id":"${id}"}`, [id]],
    ['a small number', '{"publicaly_available_post_id":[12]}', ['12']],
    ['the corrected spelling', `{"publicly_available_post_id":[${id}]}`, [id]],
    ['camelCase', `{"publiclyAvailablePostId":"${id}"}`, [id]],
    ['an empty list', '{"publicaly_available_post_id":[]}', []],
    ['nulls', '{"publicaly_available_post_id":[null,""],"publicly_available_post_id":null}', []],
    ['nothing', '{}', []],
  ])('from %s', (_form, text, ids) => {
    // An object literal stands in each row.
    expect(readPostIds(parseJson(text) as Record<string, unknown>)).toEqual(ids);
  });
});
