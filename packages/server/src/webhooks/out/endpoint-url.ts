import { isIP } from 'node:net';
import { ProblemError } from '../../http/problem-error.ts';
import { AddressGuard } from './private-addresses.ts';

/**
 * Checks the address of an endpoint as far as that can be done without asking anybody; where its name leads is
 * judged each time something is sent.
 *
 * @param privateAddresses - Private addresses and networks that the operator allows.
 * @throws {ProblemError} `invalid-request`.
 */
export function requireEndpointUrl(text: string, privateAddresses: readonly string[]): void {
  const fault = findFault(new URL(text), privateAddresses);
  if (fault === undefined) return;
  throw new ProblemError('invalid-request', `body /url: ${fault}`, {
    errors: [{ in: 'body', pointer: '/url', detail: fault }],
  });
}

function findFault(url: URL, privateAddresses: readonly string[]): string | undefined {
  if (url.username !== '' || url.password !== '') {
    return 'Takes no user and password: events are signed, check the signature.';
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:' && privateAddresses.length === 0) {
    return 'Takes https: events would go over the internet in the open.';
  }
  if (isIP(host) === 0) return undefined;
  const guard = new AddressGuard(privateAddresses);
  if (guard.isPublic(host) || guard.isAllowed(host)) return undefined;
  return 'This address is private: the operator can allow it by GREENROOM_WEBHOOK_PRIVATE_ADDRESSES.';
}
