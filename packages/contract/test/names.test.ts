import { operations } from '@greenroom/contract';
import { describe, expect, test } from 'vitest';

describe('a name that people give', () => {
  const { body } = operations.updateWorkspace;

  test.each(['Nadia’s studio', '工作室', 'مساحة', '👩‍🎤 on tour', 'a b'])('may be %j', (name) => {
    expect(body.safeParse({ name }).success).toBe(true);
  });

  test('holds no control characters: it is printed to terminals and logs', () => {
    for (const code of [0x00, 0x07, 0x09, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x85, 0x9b, 0x9f]) {
      const name = `x${String.fromCodePoint(code)}y`;
      expect.soft(body.safeParse({ name }).success, JSON.stringify(name)).toBe(false);
    }
  });
});
