import type { LookupAddress } from 'node:dns';
import { type ClientRequest, request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { findAddresses, type NameSource } from './find-addresses.ts';
import type { AddressGuard } from './private-addresses.ts';

/** What is sent where. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly guard: AddressGuard;
  readonly names: NameSource;
  readonly signal: AbortSignal;
  /** Longest time from the look-up of the name to the end of the answer. */
  readonly timeoutMs: number;
}

/** What came of it. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** `error` is a code for people and programs; it repeats nothing that the receiver said. */
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Sends one event to somebody's server.
 *
 * The name is looked up once, each address is judged, and the connection goes to one of those: a name that leads
 * elsewhere a moment later changes nothing. No redirect is followed, and of the answer only its status is looked at.
 */
export async function sendWebhook(options: WebhookRequest): Promise<WebhookAnswer> {
  const url = new URL(options.url);
  const { guard, names } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isOpen = url.protocol === 'http:';
  const mayConnect = (address: string) =>
    guard.isAllowed(address) || (!isOpen && guard.isPublic(address));
  // Node looks up no name that is an address already.
  if (isIP(host) !== 0 && !mayConnect(host))
    return { kind: 'failed', error: 'address_not_allowed' };
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    const lookup = guardedLookup((name) => findAddresses(name, names, signal), mayConnect);
    return await exchange(url, options, lookup, signal);
  } catch (error) {
    options.signal.throwIfAborted();
    if (deadline.aborted) return { kind: 'failed', error: 'timed_out' };
    return { kind: 'failed', error: codeOfFailure(error) };
  }
}

function exchange(
  url: URL,
  { body, headers }: WebhookRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const request = url.protocol === 'http:' ? requestByHttp : requestByHttps;
  return new Promise((resolve, reject) => {
    const own: ClientRequest = request(url, {
      method: 'POST',
      // A connection of its own: one that is kept could lead to an address that was judged for another name.
      agent: false,
      lookup,
      signal,
      maxHeaderSize: 16_384,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Greenroom-Webhooks/1',
        connection: 'close',
      },
    });
    own.on('error', reject);
    own.on('response', (answer) => {
      const { headers: answered, statusCode: status = 0 } = answer;
      // Nobody reads what a receiver says, and so nobody waits for its end.
      answer.destroy();
      own.destroy();
      resolve({ kind: 'answered', status, retryAfter: answered['retry-after'] });
    });
    own.end(body);
  });
}

/** A look-up that gives addresses only when each of them may be connected to. */
function guardedLookup(
  find: (name: string) => Promise<LookupAddress[]>,
  mayConnect: (address: string) => boolean,
): LookupFunction {
  return (name, options, callback) => {
    const judge = (addresses: LookupAddress[]) => {
      const isRefused =
        addresses.length === 0 || !addresses.every(({ address }) => mayConnect(address));
      if (isRefused) return callback(new AddressNotAllowedError(), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      return callback(null, first?.address ?? '', first?.family);
    };
    find(name).then(judge, (error: Error) => callback(error, []));
  };
}

class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';
  readonly code = 'address_not_allowed';
}

/** Node's code of a failure, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
function codeOfFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ABORT_ERR') return 'timed_out';
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'connection_failed';
}
