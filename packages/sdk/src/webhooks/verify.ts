import { toHex } from '../bytes.ts';
import { type Clock, systemClock } from '../clock.ts';
import { isEqualInConstantTime } from '../constant-time.ts';
import { invalidArgument, TikTokWebhookSignatureError } from '../errors.ts';
import type { WebhookEvent } from './events.ts';
import { parseWebhook } from './parse.ts';

/** What {@link verifyWebhook} checks. */
export interface WebhookVerification {
  /** The body exactly as it was received, before any parsing; bytes, or the text of them. */
  readonly rawBody: Uint8Array | string;
  /** The `TikTok-Signature` header; header names are case-insensitive. */
  readonly signatureHeader: string | null | undefined;
  /** Secret of the app that the webhook is for. */
  readonly clientSecret: string;
  /**
   * How old a signature may be, in seconds; 300 by default. TikTok does not say whether a retry,
   * which it sends for up to 72 hours, is signed anew: if retries are refused as too old, allow
   * more (`Infinity` allows all) and rely on {@link webhookIdempotencyKey}.
   */
  readonly toleranceSec?: number | undefined;
  /** Tells the time; the host's clock by default. */
  readonly clock?: Clock | undefined;
}

/**
 * Checks that a webhook is TikTok's, and reads it.
 *
 * Answer 200 at once and work afterwards; TikTok sends again whatever was not answered so, and the
 * same event may come twice.
 *
 * @throws {TikTokWebhookSignatureError} `webhook_signature_malformed`, `webhook_signature_mismatch`,
 *   `webhook_too_old` or `webhook_body_malformed`.
 * @throws {TikTokValidationError} If the client secret is empty.
 * @see {@link https://developers.tiktok.com/doc/webhooks-verification}
 * @example
 * ```ts
 * import { verifyWebhook } from '@greenroom/sdk/webhooks';
 *
 * async function onWebhook(request: Request): Promise<Response> {
 *   const event = await verifyWebhook({
 *     rawBody: new Uint8Array(await request.arrayBuffer()),
 *     signatureHeader: request.headers.get('tiktok-signature'),
 *     clientSecret: 'secret',
 *   });
 *   if (event.event === 'post.publish.failed') console.log(event.content.publish_id);
 *   return new Response(null, { status: 200 });
 * }
 * ```
 */
export async function verifyWebhook(webhook: WebhookVerification): Promise<WebhookEvent> {
  const { rawBody, signatureHeader, clientSecret, toleranceSec = 300 } = webhook;
  const { clock = systemClock } = webhook;
  // Anyone could sign with no secret.
  if (clientSecret === '') throw invalidArgument('The client secret is empty.');
  const { timestamp, signature } = parseSignatureHeader(signatureHeader);
  const body = typeof rawBody === 'string' ? new TextEncoder().encode(rawBody) : rawBody;
  const expected = await sign(clientSecret, timestamp, body);
  if (!isEqualInConstantTime(expected, signature)) {
    throw failed(
      'webhook_signature_mismatch',
      'The signature is not that of the raw body and this client secret. Answer with status 401.',
    );
  }
  // A signature of the future is as wrong as an old one: somebody's clock is.
  const ageSec = Math.abs(clock().getTime() / 1000 - Number(timestamp));
  if (ageSec > toleranceSec) {
    throw failed(
      'webhook_too_old',
      `The signature is ${Math.round(ageSec)} s off the clock. Check the clock, or allow more.`,
    );
  }
  return parseWebhook(body);
}

/** Reads `t=<unix seconds>,s=<hex>`; parts in any order, unknown ones are passed over. */
function parseSignatureHeader(header: string | null | undefined): {
  readonly timestamp: string;
  readonly signature: string;
} {
  const parts = new Map<string, string>();
  for (const part of (header ?? '').split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const timestamp = parts.get('t') ?? '';
  const signature = (parts.get('s') ?? '').toLowerCase();
  if (!/^\d{1,15}$/.test(timestamp) || !/^[0-9a-f]{64}$/.test(signature)) {
    throw failed(
      'webhook_signature_malformed',
      'The TikTok-Signature header is missing or malformed. Answer with status 401.',
    );
  }
  return { timestamp, signature };
}

async function sign(secret: string, timestamp: string, body: Uint8Array): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const { subtle } = crypto;
  const key = await subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const prefix = encoder.encode(`${timestamp}.`);
  const payload = new Uint8Array(prefix.length + body.length);
  payload.set(prefix);
  payload.set(body, prefix.length);
  return toHex(new Uint8Array(await subtle.sign('HMAC', key, payload)));
}

function failed(code: string, explanation: string): TikTokWebhookSignatureError {
  return new TikTokWebhookSignatureError({ code, explanation });
}
