import { expect, test } from 'vitest';
import { hashPassword, PASSWORD_COST, verifyPassword } from '../../src/workspaces/password-hash.ts';

test('a hash names its cost, is salted, and lets in the right password alone', async () => {
  const [one, two] = await Promise.all([
    hashPassword('tr0ub4dor', PASSWORD_COST),
    hashPassword('tr0ub4dor', PASSWORD_COST),
  ]);
  expect(one).toMatch(/^scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword(one, 'tr0ub4dor')).toBe(true);
  expect(await verifyPassword(one, 'tr0ub4dor ')).toBe(false);
  expect(await verifyPassword(one, '')).toBe(false);
});

test('a password typed on another keyboard is the same password', async () => {
  const hash = await hashPassword('caf\u00e9 cr\u00e8me au lait', 8);
  expect(await verifyPassword(hash, 'cafe\u0301 cre\u0300me au lait')).toBe(true);
});

test('a hash of an earlier cost is still good', async () => {
  // node:crypto, N = 2^4, r = 1, p = 1, of "older".
  const { scryptSync } = await import('node:crypto');
  const salt = Buffer.from('0123456789abcdef');
  const key = scryptSync('older', salt, 32, { N: 16, r: 1, p: 1 });
  const hash = `scrypt$ln=4,r=1,p=1$${salt.toString('base64url')}$${key.toString('base64url')}`;
  expect(await verifyPassword(hash, 'old')).toBe(false);
  expect(await verifyPassword(hash, 'older')).toBe(true);
});

test('what is no hash is refused rather than compared', async () => {
  await expect(verifyPassword('plain', 'plain')).rejects.toThrow('not a password hash');
});
