import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Place } from '../../accounts/vault/vault.ts';

/** Makes a signing secret in the form of Standard Webhooks: 256 bits of chance. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Where a signing secret is sealed. */
export function secretPlace(
  workspaceId: string,
  endpointId: string,
  column: 'secret_sealed' | 'previous_secret_sealed',
): Place {
  return { workspaceId, table: 'webhook_endpoints', column, rowId: endpointId };
}

/** A message that is to be signed. */
export interface Message {
  /** The same each time that it is sent. */
  readonly id: string;
  /** When it is sent. */
  readonly at: Date;
  /** The body, as it goes over the wire. */
  readonly body: string;
}

/**
 * Headers that prove a message to its receiver: one signature for each secret, of which a receiver needs to know one.
 *
 * @see {@link https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md}
 */
export function signMessage(
  { at, body, id }: Message,
  secrets: readonly string[],
): Record<string, string> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, at, body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
