import { createHash, randomBytes } from 'node:crypto';

/** Makes what TikTok would make: tokens, ids of 19 digits, log ids. */
export interface Ids {
  /** A token after a prefix such as `act.`; with the `!` and the dotted tail of real ones. */
  token(prefix: 'act' | 'rft' | 'clt'): string;
  /** An authorization code; it ends as real ones do, in `*0!` and digits. */
  code(): string;
  /** A random name of letters and digits for anything else. */
  name(): string;
  /** 19 digits that grow, above 2^53 and never a number that a double holds exactly. */
  int64(): string;
  /** `YYYYMMDDhhmmss` of the emulator's clock and 20 hex digits. */
  logId(now: number): string;
}

/** Makes ids for one emulator. */
export function createIds(): Ids {
  const random = randomPool();
  const nextInt64 = int64Counter();
  const logPrefix = timestampCache();
  let logCounter = 0;
  const logSalt = random(6).toString('hex').toUpperCase();
  const digits = (): number => 1000 + (random(2).readUInt16BE() % 9000);
  return {
    token: (prefix) => `${prefix}.${random(24).toString('base64url')}!${digits()}.va`,
    code: () => `${random(36).toString('base64url')}*0!${digits()}`,
    name: () => random(18).toString('hex'),
    int64: nextInt64,
    logId: (now) => {
      logCounter = (logCounter + 1) % 0xffff_ffff;
      return logPrefix(now) + logSalt + logCounter.toString(16).toUpperCase().padStart(8, '0');
    },
  };
}

/** The `open_id` of a creator for one app: always the same, in the shape that production shows. */
export function openIdOf(clientKey: string, username: string): string {
  return `-000${digest(`open ${clientKey} ${username}`).slice(0, 32)}`;
}

/** The `union_id` of a creator, the same for all apps of a developer. */
export function unionIdOf(username: string): string {
  const hex = createHash('sha256').update(`union ${username}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Bytes that nobody can guess, drawn from the system in large pieces: one call each costs 2% of a flow. */
function randomPool(): (bytes: number) => Buffer {
  let pool = Buffer.alloc(0);
  return (bytes) => {
    if (pool.length < bytes) pool = randomBytes(8192);
    const taken = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return taken;
  };
}

function int64Counter(): () => string {
  // 7.0e18 to 7.9e18 fits an int64. Odd numbers of that size are no doubles: a client that rounds shows.
  const epoch = 7_000_000_000 + (Math.floor(Date.now() / 1000) % 900_000_000);
  let counter = Math.floor(Math.random() * 1_000_000) * 2 + 1;
  return () => {
    counter += 2;
    return String(epoch) + String(counter).padStart(9, '0');
  };
}

function timestampCache(): (now: number) => string {
  let second = Number.NaN;
  let text = '';
  return (now) => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
    }
    return text;
  };
}
