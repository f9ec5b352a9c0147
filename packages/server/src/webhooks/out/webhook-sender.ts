import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Vault } from '../../accounts/vault/vault.ts';
import type { Clock } from '../../db/clock.ts';
import { type Database, inWorkspace } from '../../db/database.ts';
import type { Log } from '../../logging/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { readOutgoing } from './deliveries.ts';
import { type Message, signMessage } from './endpoint-secret.ts';
import { type NameSource, systemHostsFile } from './find-addresses.ts';
import { messageIdOf, toMessageBody } from './message.ts';
import { AddressGuard } from './private-addresses.ts';
import { type Claim, recordAnswer, releaseClaim } from './record-answer.ts';
import { sendWebhook, type WebhookAnswer } from './send-webhook.ts';

/** What a {@link WebhookSender} needs. */
export interface WebhookSenderOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'webhookDeliveries'>;
  /** Private addresses and networks that the operator allows. */
  readonly privateAddresses: readonly string[];
  /** Deadline of one try; shorter than the minute for which a claim holds. */
  readonly timeoutMs?: number;
  /** Draws from [0, 1). */
  readonly random?: () => number;
}

/** Deliveries under way in this process, and to one endpoint of them. */
const MOST = 64;
const MOST_EACH = 4;

/** A round ends after this long, so that it does not look stuck behind receivers that hang. */
const ROUND_MS = 10_000;
/** While places are taken it is looked this often whether something is due for others. */
const LOOK_MS = 500;

/**
 * Delivers what is due. Any number of processes do it at once; a delivery is claimed by one of them, for a minute.
 *
 * Slow receivers keep the places that they have, a few each, and no others: rounds do not wait for them.
 */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #guard: AddressGuard;
  readonly #names: NameSource;
  readonly #stop = new AbortController();
  readonly #underWay = new Map<Promise<void>, string>();

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#guard = new AddressGuard(options.privateAddresses);
    // What the machine has names of its own for is private.
    const mayBePrivate = options.privateAddresses.length > 0;
    this.#names = { hostsFile: mayBePrivate ? systemHostsFile() : undefined };
  }

  /**
   * Takes what is due and begins to deliver it, for some seconds or until nothing is due that has a place.
   *
   * @returns Whether more may be due.
   */
  async run(signal: AbortSignal): Promise<boolean> {
    const endsAt = performance.now() + ROUND_MS;
    while (!signal.aborted && !this.#stop.signal.aborted) {
      const busy = this.#listBusy();
      const claims = await this.#claim(busy);
      for (const claim of claims) this.#begin(claim);
      if (claims.length === 0 && busy.length === 0) return false;
      if (performance.now() > endsAt) return true;
      // A place that is free again may be taken by the next one.
      await Promise.race([...this.#underWay.keys(), pause(LOOK_MS, signal)]);
    }
    return false;
  }

  /** Resolves when nothing is under way. */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.keys());
  }

  /** Hands back what is under way: another process, or the next start, delivers it. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.settle();
  }

  /** Endpoints that have all the places that one may have. */
  #listBusy(): string[] {
    const places = Map.groupBy(this.#underWay.values(), (endpointId) => endpointId);
    return [...places].flatMap(([id, own]) => (own.length >= MOST_EACH ? [id] : []));
  }

  async #claim(busy: readonly string[]): Promise<Claim[]> {
    const most = MOST - this.#underWay.size;
    if (most <= 0) return [];
    const { rows } = await sql<{
      delivery_id: string;
      endpoint_id: string;
      workspace_id: string;
      attempt: number;
    }>`select delivery_id, endpoint_id, workspace_id, attempt
      from claim_webhook_deliveries(${most}, ${MOST_EACH}, ${[...busy]}::uuid[])`.execute(
      this.#options.database.kysely,
    );
    return rows.map((row) => ({
      deliveryId: row.delivery_id,
      endpointId: row.endpoint_id,
      workspaceId: row.workspace_id,
      attempt: row.attempt,
    }));
  }

  #begin(claim: Claim): void {
    const delivery = this.#deliver(claim)
      .catch((error: unknown) => {
        // What it came to could not be stored: the claim ends by itself, and the delivery is tried again.
        this.#options.log.warn(
          { err: error, webhook_delivery_id: claim.deliveryId },
          'A webhook could not be dealt with',
        );
      })
      .finally(() => this.#underWay.delete(delivery));
    this.#underWay.set(delivery, claim.endpointId);
  }

  async #deliver(claim: Claim): Promise<void> {
    const { database, metrics, random = Math.random } = this.#options;
    const answer = await this.#try(claim);
    if (answer === undefined) return;
    const outcome = await inWorkspace(database, claim.workspaceId, (tx) =>
      recordAnswer(tx, claim, answer, random),
    );
    metrics.webhookDeliveries.inc({ outcome });
  }

  /** Reads what is to be sent and sends it. `undefined`: it was not sent, and the claim is handed back. */
  async #try(claim: Claim): Promise<WebhookAnswer | undefined> {
    const { clock, database, log, vault } = this.#options;
    const handBack = (why?: 'internal') =>
      inWorkspace(database, claim.workspaceId, (tx) => releaseClaim(tx, claim, why));
    try {
      const outgoing = await inWorkspace(database, claim.workspaceId, (tx) =>
        readOutgoing(tx, vault, claim.deliveryId),
      );
      if (outgoing === undefined) return undefined;
      const { event, secrets, url } = outgoing;
      const body = toMessageBody(event);
      const message = { id: messageIdOf(claim.deliveryId), at: clock.now(), body };
      const answer = await this.#send(url, message, secrets);
      if (answer === undefined) await handBack();
      return answer;
    } catch (error) {
      // Our own trouble, a vault that is closed perhaps: it is not the receiver's try.
      log.warn({ err: error, webhook_delivery_id: claim.deliveryId }, 'A webhook was not sent');
      await handBack('internal');
      return undefined;
    }
  }

  /** `undefined`: the process stops. */
  async #send(
    url: string,
    message: Message,
    secrets: readonly string[],
  ): Promise<WebhookAnswer | undefined> {
    const { timeoutMs = 15_000 } = this.#options;
    try {
      return await sendWebhook({
        url,
        headers: signMessage(message, secrets),
        body: message.body,
        guard: this.#guard,
        names: this.#names,
        signal: this.#stop.signal,
        timeoutMs,
      });
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      throw error;
    }
  }
}

/** Waits, at most until the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
