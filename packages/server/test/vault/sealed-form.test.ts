import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeDataKey } from '../../src/accounts/vault/master-key.ts';
import {
  type AssociatedData,
  findKeyId,
  openBytes,
  SEALED_OVERHEAD,
  SEALED_VERSION,
  sealBytes,
} from '../../src/accounts/vault/sealed-form.ts';

const key = makeDataKey();
const keyId = randomUUID();
const bytes = fc.uint8Array({ maxLength: 300 });
const associated: fc.Arbitrary<AssociatedData> = fc.array(fc.option(fc.string(), { nil: null }), {
  maxLength: 6,
});

describe('a sealed value', () => {
  test('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(bytes, associated, (plain, place) => {
        const sealed = sealBytes(key, keyId, place, plain);
        expect(sealed.length).toBe(plain.length + SEALED_OVERHEAD);
        expect(sealed[0]).toBe(SEALED_VERSION);
        expect(findKeyId(sealed)).toBe(keyId.replaceAll('-', ''));
        expect(Buffer.compare(openBytes(key, place, sealed), plain)).toBe(0);
      }),
    );
  });

  test('does not open when any one bit was changed', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat({ max: 7 }), (plain, at, bit) => {
        const sealed = sealBytes(key, keyId, ['place'], plain);
        const index = at % sealed.length;
        sealed[index] = (sealed[index] ?? 0) ^ (1 << bit);
        expect(() => openBytes(key, ['place'], sealed)).toThrow();
      }),
    );
  });

  test('does not open when it was cut or made longer', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        (plain, at, more) => {
          const sealed = sealBytes(key, keyId, ['place'], plain);
          const cut = sealed.subarray(0, at % sealed.length);
          expect(() => openBytes(key, ['place'], cut)).toThrow();
          expect(() => openBytes(key, ['place'], Buffer.concat([sealed, more]))).toThrow();
        },
      ),
    );
  });

  test('does not open in another place, however alike the two are', () => {
    fc.assert(
      fc.property(bytes, associated, associated, (plain, here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        const sealed = sealBytes(key, keyId, here, plain);
        expect(() => openBytes(key, there, sealed)).toThrow();
      }),
    );
    const sealed = sealBytes(key, keyId, ['a', 'bc'], Buffer.from('x'));
    expect(() => openBytes(key, ['ab', 'c'], sealed)).toThrow();
    expect(() => openBytes(key, ['a', 'bc', null], sealed)).toThrow();
  });

  test('does not open by another key', () => {
    const sealed = sealBytes(key, keyId, [], Buffer.from('x'));
    expect(() => openBytes(makeDataKey(), [], sealed)).toThrow();
  });

  test('is another one each time', () => {
    const seal = () => sealBytes(key, keyId, [], Buffer.from('x')).toString('hex');
    expect(new Set(Array.from({ length: 1000 }, seal)).size).toBe(1000);
  });

  test('is known by its version: what is no sealed value has no key id', () => {
    const sealed = sealBytes(key, keyId, [], Buffer.from('x'));
    sealed[0] = SEALED_VERSION + 1;
    expect(findKeyId(sealed)).toBeUndefined();
    expect(findKeyId(Buffer.from('act.plain'))).toBeUndefined();
  });
});
