import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Cost of a scrypt hash; 128 · N · r bytes of memory are needed to compute it. */
interface ScryptCost {
  /** Binary logarithm of N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** Binary logarithm of scrypt's N, by default; 32 MiB and a few tenths of a second for each password. */
export const PASSWORD_COST = 15;

/**
 * Of OWASP's equivalent scrypt settings the one with 32 MiB: as hard to attack as those with 128, and four
 * people who sign in at once do not double the server's memory.
 *
 * @see {@link https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt}
 */
const COST = { r: 8, p: 3 } as const;

const KEY_BYTES = 32;
const SALT_BYTES = 16;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/**
 * Hashes a password. The result names its own cost, so that the cost may rise one day.
 *
 * @param logN - Binary logarithm of scrypt's N; each step doubles time and memory.
 */
export async function hashPassword(password: string, logN: number): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { r, p } = COST;
  const key = await deriveKey(password, salt, { logN, r, p });
  return `scrypt$ln=${logN},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether the hash was made of this password. The answer takes as long for a wrong one as for the right one. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const { cost, salt, key } = parseHash(hash);
  return timingSafeEqual(await deriveKey(password, salt, cost), key);
}

function deriveKey(password: string, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** logN;
  // Node's own limit is exactly 32 MiB and refuses what needs a little more.
  const options = { N, r, p, maxmem: 2 * 128 * N * r };
  // The same password can reach us composed or decomposed, depending on the keyboard.
  return derive(password.normalize('NFKC'), salt, KEY_BYTES, options);
}

function parseHash(hash: string): { cost: ScryptCost; salt: Buffer; key: Buffer } {
  const parts = /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash);
  const [, logN, r, p, salt, key] = parts ?? [];
  if (salt === undefined || key === undefined) throw new Error('This is not a password hash');
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}
