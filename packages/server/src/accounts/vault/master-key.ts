import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { openBytes, sealBytes } from './sealed-form.ts';
import { VaultError } from './vault-error.ts';

/** The key that wraps data keys. */
export interface MasterKey {
  /** Tells which key it is, as 32 hexadecimal digits, and nothing about the key. */
  readonly id: string;
  /** The key itself. */
  readonly key: KeyObject;
}

/** The keys of a source: the first is the one to use, the others only open what they wrapped. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/** Names the data key that is wrapped: associated data of the wrapping. */
export interface DataKeyPlace {
  /** The data key's id. */
  readonly id: string;
  /** Whose secrets it seals; `null`: the installation's own. */
  readonly workspaceId: string | null;
}

const KEY_BYTES = 32;

/** Makes a master key from the system's randomness. */
export function makeMasterKey(): MasterKey {
  return toMasterKey(randomBytes(KEY_BYTES));
}

/** The text of a source: a line of base64 for each key. */
export function formatMasterKeys(keys: readonly MasterKey[]): string {
  return keys.map(({ key }) => `${key.export().toString('base64')}\n`).join('');
}

/**
 * Reads the text of a source: one key, or several between white space.
 *
 * @param origin - Where the text is from, in words, for the error.
 * @throws {VaultError} If there is none, or one is not 32 bytes in hexadecimal digits or base64. No part of the text is repeated.
 */
export function parseMasterKeys(text: string, origin: string): MasterKeys {
  const [first, ...others] = text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .map((word) => parseMasterKey(word, origin));
  if (first === undefined) {
    throw new VaultError('master_key_missing', `${origin} is empty: no master key is there.`);
  }
  return [first, ...others];
}

/** Wraps a data key. */
export function wrapDataKey(masterKey: MasterKey, place: DataKeyPlace, dataKey: KeyObject): Buffer {
  return sealBytes(masterKey.key, masterKey.id, toAssociated(place), dataKey.export());
}

/**
 * Unwraps a data key.
 *
 * @throws {VaultError} If the wrapping was changed or moved, or is of another master key.
 */
export function unwrapDataKey(
  masterKey: MasterKey,
  place: DataKeyPlace,
  wrapped: Uint8Array,
): KeyObject {
  try {
    return toKeyObject(openBytes(masterKey.key, toAssociated(place), wrapped));
  } catch (cause) {
    throw new VaultError(
      'sealed_value_unreadable',
      `The data key ${place.id} in the database was changed and cannot be opened. Restore the table data_keys from a backup.`,
      { cause },
    );
  }
}

/** Makes a data key from the system's randomness. */
export function makeDataKey(): KeyObject {
  return toKeyObject(randomBytes(KEY_BYTES));
}

function parseMasterKey(word: string, origin: string): MasterKey {
  const bytes = /^[0-9a-f]{64}$/iu.test(word)
    ? Buffer.from(word, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/u.test(word)
      ? Buffer.from(word, 'base64')
      : undefined;
  if (bytes?.length !== KEY_BYTES) {
    throw new VaultError(
      'master_key_malformed',
      `${origin} does not hold a master key: 32 random bytes, as base64 or as 64 hexadecimal digits. Make one with: openssl rand -base64 32`,
    );
  }
  return toMasterKey(bytes);
}

function toMasterKey(bytes: Buffer): MasterKey {
  const key = toKeyObject(bytes);
  const id = createHmac('sha256', key).update('greenroom master key id').digest('hex').slice(0, 32);
  return { id, key };
}

/** The copy outside the key object is wiped; what the garbage collector moved before is beyond reach. */
function toKeyObject(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function toAssociated({ id, workspaceId }: DataKeyPlace): (string | null)[] {
  return ['greenroom data key', id, workspaceId];
}
