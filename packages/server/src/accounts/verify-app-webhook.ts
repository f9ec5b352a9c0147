import { TikTokWebhookSignatureError } from '@greenroom/sdk';
import { parseWebhook, verifyWebhook, type WebhookEvent } from '@greenroom/sdk/webhooks';
import { inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { requireStorable } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { findAppByKey } from './app-queries.ts';
import { getAppCredentials } from './apps.ts';
import type { Secret } from './secret.ts';

/** A webhook as it came over the wire. */
export interface ReceivedWebhook {
  /** The body, byte for byte: the signature is over these. */
  readonly rawBody: Uint8Array;
  /** The `TikTok-Signature` header. */
  readonly signature: string | undefined;
}

/** An event that is TikTok's, and the app that it was sent to. */
export interface VerifiedWebhook {
  readonly event: WebhookEvent;
  readonly appId: string;
  /** Whose app it is; null: the installation's. */
  readonly workspaceId: string | null;
}

/**
 * How far off a signature's time may be, in seconds. TikTok sends an event for up to 72 hours, and
 * nobody knows whether it signs each try anew (reference 9.4): the key of the event, not the window,
 * keeps it from counting twice.
 */
const WINDOW_SECONDS = 4 * 24 * 3_600;

/** All that a stranger hears, whatever was wrong: else anybody could find out whose apps are here. */
const NOT_OURS = 'No app of this installation has signed these bytes within the last days.';

/**
 * Checks that an event was signed with the secret of the app that it names.
 *
 * @throws {ProblemError} `webhook-signature`, in the same words always; what was wrong is in the log.
 */
export async function verifyAppWebhook(
  services: Pick<Services, 'clock' | 'database' | 'log' | 'vault'>,
  { rawBody, signature }: ReceivedWebhook,
): Promise<VerifiedWebhook> {
  try {
    // Read before it is checked, only to learn whose secret to check it with.
    const unchecked = parseWebhook(rawBody);
    requireStorable(unchecked.raw, 'body');
    const { appId, workspaceId, clientSecret } = await findSecret(services, unchecked.client_key);
    const event = await verifyWebhook({
      rawBody,
      signatureHeader: signature,
      clientSecret: clientSecret.reveal(),
      toleranceSec: WINDOW_SECONDS,
      clock: () => services.clock.now(),
    });
    return { event, appId, workspaceId };
  } catch (error) {
    const reason = toReason(error);
    if (reason === undefined) throw error;
    services.log.info({ reason }, 'An event is refused: nobody knows whether it is from TikTok');
    throw new ProblemError('webhook-signature', NOT_OURS, { cause: error });
  }
}

/** Why an event is not TikTok's; `undefined` if something else failed. */
function toReason(error: unknown): string | undefined {
  if (error instanceof TikTokWebhookSignatureError) return error.explanation;
  if (error instanceof ProblemError && error.code === 'app-missing') return error.message;
  return undefined;
}

async function findSecret(
  services: Pick<Services, 'database' | 'vault'>,
  clientKey: string,
): Promise<Omit<VerifiedWebhook, 'event'> & { readonly clientSecret: Secret }> {
  const { database } = services;
  const found = await inInstallation(database, (tx) => findAppByKey(tx, clientKey));
  if (found === undefined) {
    throw new ProblemError('app-missing', 'This installation has no app with that key.');
  }
  const { appId, workspaceId } = found;
  const open = (tx: Transaction) => getAppCredentials(services, tx, appId);
  const { clientSecret } =
    workspaceId === null
      ? await inInstallation(database, open)
      : await inWorkspace(database, workspaceId, open);
  return { appId, workspaceId, clientSecret };
}
