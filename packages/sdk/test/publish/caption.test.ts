import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  captionLength,
  hasLoneSurrogate,
  truncateCaption,
  VIDEO_TITLE_LIMIT,
} from '../../src/publish/caption.ts';

const FAMILY = '👨‍👩‍👧‍👦';

/** Texts in which pairs, joined emoji, flags, accents and line breaks stand close together. */
const captions = fc
  .array(
    fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      ' ',
      '\r\n',
      '#tag',
      '🌅',
      FAMILY,
      '🇩🇪',
      '👍🏽',
      '한',
      'é',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const graphemes = (text: string) =>
  Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

describe('truncateCaption', () => {
  test('keeps to the limit, keeps a prefix, and comes as near as whole characters allow', () => {
    fc.assert(
      fc.property(captions, fc.nat({ max: 120 }), (caption, limit) => {
        const cut = truncateCaption(caption, limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(caption.startsWith(cut)).toBe(true);
        expect(hasLoneSurrogate(cut)).toBe(false);
        const next = graphemes(caption.slice(cut.length))[0];
        if (cut !== caption) expect(cut.length + (next?.length ?? 0)).toBeGreaterThan(limit);
      }),
    );
  });

  test('never cuts what a reader sees as one character, unless that alone is too long', () => {
    fc.assert(
      fc.property(captions, fc.integer({ min: FAMILY.length, max: 120 }), (caption, limit) => {
        const whole = graphemes(caption);
        const kept = graphemes(truncateCaption(caption, limit));
        expect(kept).toEqual(whole.slice(0, kept.length));
      }),
    );
  });

  test('never cuts a surrogate pair of any text, however it is made', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(
        anyText,
        fc.nat({ max: 60 }),
        fc.constantFrom('', '…', ' …'),
        (text, limit, end) => {
          fc.pre(!hasLoneSurrogate(text));
          const cut = truncateCaption(text, limit, end);
          expect(hasLoneSurrogate(cut)).toBe(false);
          expect(cut.length).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  test('cuts between the parts of a character that is longer than the limit, not within a pair', () => {
    expect(truncateCaption(FAMILY, 4)).toBe('👨\u200d');
    expect(truncateCaption(FAMILY, 1)).toBe('');
  });

  test('works without Intl.Segmenter, keeping pairs whole', () => {
    const segmenter = Intl.Segmenter;
    try {
      Reflect.deleteProperty(Intl, 'Segmenter');
      expect(truncateCaption('ab🌅', 3)).toBe('ab');
      expect(truncateCaption('ab🌅', 4)).toBe('ab🌅');
    } finally {
      Reflect.set(Intl, 'Segmenter', segmenter);
    }
  });

  test('counts the ending with the rest and leaves it out where it does not fit', () => {
    const cut = truncateCaption('a'.repeat(3000), VIDEO_TITLE_LIMIT, '…');
    expect(cut).toBe(`${'a'.repeat(VIDEO_TITLE_LIMIT - 1)}…`);
    expect(truncateCaption('abcdef', 2, '...')).toBe('ab');
    expect(truncateCaption('abc', 3, '...')).toBe('abc');
  });

  test.each([-1, 1.5, Number.NaN])('refuses %s as a limit', (limit) => {
    expect(() => truncateCaption('abc', limit)).toThrow(RangeError);
  });
});

test('captionLength counts UTF-16 code units', () => {
  expect(captionLength('first light 🌅')).toBe(14);
  expect(captionLength(FAMILY)).toBe(11);
});

test.each([
  ['\ud83c', true],
  ['\udf05 a', true],
  ['\udf05\ud83c', true],
  ['🌅', false],
  ['plain', false],
])('hasLoneSurrogate of %j is %s', (text, expected) => {
  expect(hasLoneSurrogate(text)).toBe(expected);
});
