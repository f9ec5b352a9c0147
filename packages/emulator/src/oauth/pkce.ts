import { createHash } from 'node:crypto';

/** TikTok's challenge: SHA-256 of the verifier in lowercase hex, not base64url. */
export function toChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('hex');
}

/** Whether a challenge has the form that can be met at the exchange. */
export function isHexChallenge(challenge: string): boolean {
  return /^[0-9a-f]{64}$/.test(challenge);
}

/** Whether a verifier has 43 to 128 unreserved characters. */
export function isVerifier(verifier: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier);
}
