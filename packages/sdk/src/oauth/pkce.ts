import { toBase64Url, toHex } from '../bytes.ts';

/** Makes a new code verifier: 43 characters from 32 random bytes. Use one for one login. */
export function createCodeVerifier(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * Makes the code challenge of a verifier as TikTok wants it: its SHA-256 in lowercase hex, not in
 * base64url. With base64url the consent page works and only the token exchange fails.
 *
 * @see {@link https://developers.tiktok.com/doc/login-kit-desktop}
 */
export async function toCodeChallenge(codeVerifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
  return toHex(new Uint8Array(digest));
}
