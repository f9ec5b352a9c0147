import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/*
 * A sealed value, in bytes:
 *
 *   0   1          17         29                 end - 16
 *   version (1)  key id (16)  nonce (12)  ciphertext  tag (16)
 *
 * AES-256-GCM. Version and key id are authenticated together with the associated data.
 */

/** First byte of everything sealed. A change of cipher or layout gets the next number. */
export const SEALED_VERSION = 1;

/** Bytes that sealing adds to a value. */
export const SEALED_OVERHEAD = 45;

const KEY_ID_START = 1;
const NONCE_START = 17;
const TEXT_START = 29;
const TAG_LENGTH = 16;

/** Names what a sealed value is and where it belongs; opening needs the same list. */
export type AssociatedData = readonly (string | null)[];

/**
 * Seals bytes under a key.
 *
 * @param keyId - 16 bytes as hexadecimal digits, with or without hyphens; readable in the result.
 */
export function sealBytes(
  key: KeyObject,
  keyId: string,
  associated: AssociatedData,
  plain: Uint8Array,
): Buffer {
  const head = Buffer.concat([Buffer.of(SEALED_VERSION), keyIdToBytes(keyId)]);
  // 96 random bits: two of 2^32 values under one key meet with a chance of one in 2^33.
  const nonce = randomBytes(TEXT_START - NONCE_START);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(toAuthenticated(head, associated));
  const text = cipher.update(plain);
  cipher.final();
  return Buffer.concat([head, nonce, text, cipher.getAuthTag()]);
}

/** The key id in a sealed value as 32 hexadecimal digits, or `undefined` if this is no sealed value. */
export function findKeyId(sealed: Uint8Array): string | undefined {
  if (sealed.length < SEALED_OVERHEAD || sealed[0] !== SEALED_VERSION) return undefined;
  return Buffer.from(sealed.subarray(KEY_ID_START, NONCE_START)).toString('hex');
}

/**
 * Opens what {@link sealBytes} made.
 *
 * @throws If the value, its key or the associated data is another; the error tells nothing about the content.
 */
export function openBytes(key: KeyObject, associated: AssociatedData, sealed: Uint8Array): Buffer {
  if (findKeyId(sealed) === undefined) throw new Error('Not a sealed value');
  const end = sealed.length - TAG_LENGTH;
  const nonce = sealed.subarray(NONCE_START, TEXT_START);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAAD(toAuthenticated(sealed.subarray(0, NONCE_START), associated));
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(TEXT_START, end));
  decipher.final();
  return plain;
}

function keyIdToBytes(keyId: string): Buffer {
  const bytes = Buffer.from(keyId.replaceAll('-', ''), 'hex');
  if (bytes.length !== NONCE_START - KEY_ID_START) throw new RangeError('A key id is 16 bytes');
  return bytes;
}

/** JSON keeps the parts apart: no two lists give the same text. */
function toAuthenticated(head: Uint8Array, associated: AssociatedData): Buffer {
  return Buffer.concat([head, Buffer.from(JSON.stringify(associated))]);
}
