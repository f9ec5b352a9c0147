import type { Emulator } from '../emulator.ts';
import type { Json } from '../json.ts';
import { openUrl } from '../net/open-url.ts';
import { Ring } from '../state/ring.ts';
import { SIGNATURE_HEADER, toSignatureHeader } from './signature.ts';

/** The event that delivers a webhook, or tries again. */
export const WEBHOOK_DUE = 'webhook.due';

/** How long deliveries are tried, on the emulator's clock. */
const GIVE_UP_AFTER_MS = 72 * 60 * 60 * 1000;

/** Pause before the first repetition, on the emulator's clock; each further one is twice as long. */
const FIRST_PAUSE_MS = 30_000;

/** How long a receiver may take to answer, in real time. */
const ANSWER_LIMIT_MS = 10_000;

/** Something an app is told. */
export interface WebhookEvent {
  readonly event: string;
  readonly client_key: string;
  /** `null` for an event that is not about a user. */
  readonly open_id: string | null;
  /** Sent as a string: JSON in JSON. */
  readonly content: Readonly<Record<string, Json>>;
}

/** One attempt to deliver a webhook. */
export interface WebhookAttempt {
  /** ISO 8601, of the emulator's clock. */
  readonly time: string;
  /** HTTP status of the answer; `null` when there was none. */
  readonly status: number | null;
  /** Why there was none. */
  readonly error: string | null;
}

/** A webhook and the attempts to deliver it. */
export interface WebhookDelivery {
  readonly id: number;
  readonly event: string;
  readonly client_key: string;
  readonly open_id: string | null;
  /** Milliseconds of the emulator's clock. */
  readonly created_at: number;
  /** The body, exactly as it is sent each time. */
  readonly body: string;
  /** `undelivered`: the app has no webhook address. `dropped`: 72 hours have passed. */
  state: 'pending' | 'delivered' | 'dropped' | 'undelivered';
  /** Value of the signature header of the first attempt. */
  signature: string | null;
  readonly attempts: WebhookAttempt[];
}

/**
 * Webhooks on their way out: signed, delivered over HTTP, and repeated with growing pauses until
 * the receiver answers 200 or 72 hours have passed.
 *
 * @see {@link https://developers.tiktok.com/doc/webhooks-overview}
 */
export class Webhooks {
  readonly #emulator: Emulator;
  readonly #ring: Ring<WebhookDelivery>;
  readonly #pending = new Map<number, WebhookDelivery>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
    this.#ring = new Ring(emulator.settings.retain);
    emulator.settingsChanged.push(() => this.#ring.resize(emulator.settings.retain));
  }

  /** How many events there ever were. */
  get total(): number {
    return this.#ring.total;
  }

  /** Tells an app of an event. */
  emit({ event, client_key, open_id, content }: WebhookEvent): WebhookDelivery {
    const { clock, store } = this.#emulator;
    const now = clock.now();
    const delivery: WebhookDelivery = {
      id: this.#ring.nextId(),
      event,
      client_key,
      open_id,
      created_at: now,
      body: JSON.stringify({
        client_key,
        event,
        create_time: Math.floor(now / 1000),
        ...(open_id === null ? {} : { user_openid: open_id }),
        content: JSON.stringify(content),
      }),
      state: store.apps.get(client_key)?.webhook_url == null ? 'undelivered' : 'pending',
      signature: null,
      attempts: [],
    };
    this.#ring.push(delivery);
    if (delivery.state === 'pending') this.#plan(delivery, now);
    return delivery;
  }

  /** Tries to deliver a webhook whose time has come. */
  async deliver(id: Json): Promise<void> {
    const delivery = typeof id === 'number' ? this.#pending.get(id) : undefined;
    const app = delivery && this.#emulator.store.apps.get(delivery.client_key);
    if (delivery === undefined) return;
    if (app?.webhook_url == null) {
      this.#end(delivery, 'undelivered');
      return;
    }
    const time = new Date(this.#emulator.clock.now()).toISOString();
    const answer = await this.#post(app.webhook_url, app.client_secret, delivery);
    if (this.#emulator.closed.aborted || this.#pending.get(delivery.id) !== delivery) return;
    delivery.attempts.push({ time, ...answer });
    if (answer.status === 200) this.#end(delivery, 'delivered');
    else this.#retry(delivery, answer);
  }

  /** Deliveries after an id, oldest first. */
  list(after?: number): WebhookDelivery[] {
    return this.#ring.list(after);
  }

  /** What a snapshot keeps. */
  save(): { readonly deliveries: WebhookDelivery[]; readonly last_id: number } {
    return { deliveries: this.#ring.list(), last_id: this.#ring.total };
  }

  /** Goes back to what a snapshot kept; planned attempts are events of the clock. */
  load(saved: { readonly deliveries: readonly WebhookDelivery[]; readonly last_id: number }): void {
    this.#ring.replace(saved.deliveries, saved.last_id);
    this.#pending.clear();
    for (const delivery of saved.deliveries) {
      if (delivery.state === 'pending') this.#pending.set(delivery.id, delivery);
    }
  }

  #plan(delivery: WebhookDelivery, at: number): void {
    this.#pending.set(delivery.id, delivery);
    this.#emulator.clock.schedule({ at, kind: WEBHOOK_DUE, payload: delivery.id });
  }

  #retry(delivery: WebhookDelivery, answer: Pick<WebhookAttempt, 'status' | 'error'>): void {
    const { clock, violations } = this.#emulator;
    const heard = answer.status === null ? answer.error : `HTTP ${answer.status}`;
    const detail = `${delivery.event} was answered with ${heard}; a webhook wants 200 at once`;
    violations.record('webhook.answer', detail, null);
    const at = clock.now() + FIRST_PAUSE_MS * 2 ** (delivery.attempts.length - 1);
    if (at <= delivery.created_at + GIVE_UP_AFTER_MS) this.#plan(delivery, at);
    else this.#end(delivery, 'dropped');
  }

  #end(delivery: WebhookDelivery, state: WebhookDelivery['state']): void {
    delivery.state = state;
    this.#pending.delete(delivery.id);
  }

  async #post(
    url: string,
    secret: string,
    delivery: WebhookDelivery,
  ): Promise<Pick<WebhookAttempt, 'status' | 'error'>> {
    const { closed } = this.#emulator;
    const signature = this.#sign(secret, delivery);
    const signal = AbortSignal.any([closed, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    try {
      const response = await openUrl(new URL(url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(delivery.body)),
          [SIGNATURE_HEADER]: signature,
        },
        body: delivery.body,
        signal,
      });
      response.on('error', () => undefined).resume();
      return { status: response.statusCode ?? null, error: null };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
      return { status: null, error: code };
    }
  }

  #sign(secret: string, delivery: WebhookDelivery): string {
    const { clock, settings } = this.#emulator;
    const isFirst = delivery.signature === null;
    if (!isFirst && settings.webhook_retry_signature === 'first') return delivery.signature ?? '';
    const header = toSignatureHeader(secret, Math.floor(clock.now() / 1000), delivery.body);
    if (isFirst) delivery.signature = header;
    return header;
  }
}
