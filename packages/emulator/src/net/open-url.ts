import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isLoopback } from '../pull/ownership.ts';

/** A request that the emulator makes, as TikTok's servers would. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request and the answer's body. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request and resolves with the head of the answer; its body is yet to be read. Follows no
 * redirect. On loopback any certificate is good, for there is no other way to have one.
 */
export function openUrl(url: URL, outgoing: OutgoingRequest): Promise<IncomingMessage> {
  const { method, headers, body = '', signal } = outgoing;
  const send = url.protocol === 'https:' ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers: { 'user-agent': 'greenroom-emulator', ...headers },
      signal,
      // A connection of its own leaves nothing open behind a receiver that closes.
      agent: false,
      ...(isLoopback(url.hostname) ? { rejectUnauthorized: false } : {}),
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body);
  });
}
