import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Statement } from '../../src/publishing/follow/fact.ts';
import {
  listPublicIds,
  type Publications,
  visibilityOf,
  withFact,
} from '../../src/publishing/follow/publications.ts';

const ONE = '7678907398077074696';
const TWO = '7678907398077074697';
const DIRECT = { postMode: 'DIRECT_POST', privacyLevel: 'PUBLIC_TO_EVERYONE' } as const;

type Told = Statement & { readonly at: Date };

function told(second: number, statement: Statement): Told {
  return { ...statement, at: new Date(second * 1000) };
}

function after(facts: readonly Told[]): Publications {
  return facts.reduce<Publications>(withFact, {});
}

describe('who can see a published post', () => {
  test.each([
    { post: DIRECT, facts: [], is: 'pending' },
    { post: { ...DIRECT, privacyLevel: 'SELF_ONLY' }, facts: [], is: 'private' },
    { post: { ...DIRECT, privacyLevel: 'MUTUAL_FOLLOW_FRIENDS' }, facts: [], is: 'private' },
    { post: { postMode: 'MEDIA_UPLOAD', privacyLevel: null }, facts: [], is: 'pending' },
    { post: DIRECT, facts: [told(1, { says: 'public', postId: ONE })], is: 'public' },
    {
      post: { ...DIRECT, privacyLevel: 'SELF_ONLY' },
      facts: [told(1, { says: 'public', postId: ONE })],
      is: 'public',
    },
    { post: DIRECT, facts: [told(1, { says: 'not_public', postId: ONE })], is: 'removed' },
    {
      post: DIRECT,
      facts: [
        told(1, { says: 'complete', postIds: [ONE, TWO] }),
        told(2, { says: 'not_public', postId: ONE }),
      ],
      is: 'public',
    },
  ] as const)('$is', ({ post, facts, is }) => {
    expect(visibilityOf(after(facts), post)).toBe(is);
  });
});

test('public, removed and public again within seconds ends public in every order', () => {
  const facts = [
    told(1, { says: 'public', postId: ONE }),
    told(2, { says: 'not_public', postId: ONE }),
    told(3, { says: 'public', postId: ONE }),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(facts, { minLength: 3 }), (shuffled) => {
      expect(listPublicIds(after([...shuffled, ...shuffled]))).toEqual([ONE]);
    }),
  );
});

test('what was made public and removed within one second is removed, in either order', () => {
  const isPublic = told(1, { says: 'public', postId: ONE });
  const isRemoved = told(1, { says: 'not_public', postId: ONE });
  expect(listPublicIds(after([isPublic, isRemoved]))).toEqual([]);
  expect(listPublicIds(after([isRemoved, isPublic]))).toEqual([]);
});

test('facts in any order and number end alike', () => {
  const fact = fc.record({
    says: fc.constantFrom('public' as const, 'not_public' as const),
    postId: fc.constantFrom(ONE, TWO),
    at: fc.integer({ min: 1, max: 1000 }).map((second) => new Date(second * 1000)),
  });
  // Two words of one second about one id may contradict each other; the rule for that is tested above.
  const facts = fc.uniqueArray(fact, { selector: ({ at }) => at.getTime(), maxLength: 8 });
  fc.assert(
    fc.property(facts, fc.infiniteStream(fc.nat()), (list, numbers) => {
      const order = list
        .map((one) => ({ one, key: Number(numbers.next().value) }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      expect(listPublicIds(after(order))).toEqual(listPublicIds(after(list)));
    }),
  );
});

test('public ids keep their digits and come oldest first', () => {
  const facts = [told(1, { says: 'complete', postIds: [TWO, ONE, '99'] })];
  expect(listPublicIds(after(facts))).toEqual(['99', ONE, TWO]);
});

test('an id that is the name of a property of all objects is an id like others', () => {
  const facts = [told(1, { says: 'public', postId: 'constructor' })];
  expect(listPublicIds(after(facts))).toEqual(['constructor']);
});
