import { createHmac } from 'node:crypto';

/** Name of the header that carries the signature of a webhook. */
export const SIGNATURE_HEADER = 'TikTok-Signature';

/**
 * Signs a webhook: HMAC-SHA256 over `<t>.<raw body>`, keyed with the app's `client_secret`.
 *
 * @param clientSecret - Secret of the app that receives the event.
 * @param timestampSec - Moment of signing, in seconds since 1970.
 * @param body - The body exactly as it is sent.
 * @returns Value of the `TikTok-Signature` header: `t=<seconds>,s=<lowercase hex>`.
 * @see {@link https://developers.tiktok.com/doc/webhooks-verification}
 */
export function toSignatureHeader(
  clientSecret: string,
  timestampSec: number,
  body: string,
): string {
  const signature = createHmac('sha256', clientSecret)
    .update(`${timestampSec}.${body}`)
    .digest('hex');
  return `t=${timestampSec},s=${signature}`;
}
