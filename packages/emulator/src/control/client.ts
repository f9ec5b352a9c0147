import type { z } from 'zod';
import type { Operation } from './operation.ts';
import type { OperationName, operations } from './operations.ts';

type Operations = typeof operations;
/** What a call of the control API takes. */
export type ControlBody<Name extends OperationName> =
  Operations[Name] extends Operation<infer Body, z.ZodType, z.ZodType> ? z.input<Body> : never;
/** What a call of the control API gives. */
export type ControlAnswer<Name extends OperationName> =
  Operations[Name] extends Operation<z.ZodType, infer Answer, z.ZodType> ? z.output<Answer> : never;

/** The control API refused a call; `message` says why. */
export class EmulatorControlError extends Error {
  override readonly name = 'EmulatorControlError';
  /** HTTP status: 400 makes no sense, 404 there is no such thing, 409 not possible now. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** How to reach an emulator. */
export interface EmulatorControlOptions {
  /** Replaces the global `fetch`, as for an emulator that speaks TLS with its throw-away authority. */
  readonly fetch?: typeof fetch;
}

/** Where to start in a list: after the `id` last seen. */
export interface ListOptions {
  /** Entries with a greater `id` only; default: all that are kept. */
  readonly after?: number;
}

/**
 * Steers an emulator that runs anywhere: accounts, clock, faults, ledgers, snapshots.
 *
 * Every method rejects with {@link EmulatorControlError} when the emulator refuses the call, and
 * takes and gives what `GET /_emulator/openapi.json` describes.
 *
 * @example
 * ```ts
 * import { EmulatorControl } from '@greenroom/emulator';
 *
 * const control = new EmulatorControl('http://127.0.0.1:4010');
 * await control.putCreator('ada', { private_account: true });
 * const { access_token } = await control.createToken({ client_key: 'audited', username: 'ada' });
 * await control.addFault({ match: { path: '/v2/user/info/' }, action: { status: 500 }, times: 1 });
 * await control.moveClock({ advance_seconds: 3600 });
 * console.log(access_token.slice(0, 4), (await control.listViolations()).violations);
 * ```
 */
export class EmulatorControl {
  /** The emulator's base URL. */
  readonly url: string;
  readonly #fetch: typeof fetch;

  /** @param url - The emulator's base URL, such as `http://127.0.0.1:4010`. */
  constructor(url: string, options: EmulatorControlOptions = {}) {
    this.url = url.replace(/\/+$/, '');
    this.#fetch = options.fetch ?? fetch;
  }

  /** Goes back to the seed. */
  async reset(): Promise<void> {
    await this.#call('POST', '/reset');
  }

  /** Dialect, clock, settings and counts. */
  async getState(): Promise<ControlAnswer<'getState'>> {
    return this.#call('GET', '/state');
  }

  /** Changes settings; what is left out keeps its value. */
  async patchSettings(
    patch: ControlBody<'patchSettings'>,
  ): Promise<ControlAnswer<'patchSettings'>> {
    return this.#call('PATCH', '/settings', patch);
  }

  /** Moves the clock forward or freezes it; what becomes due happens before this resolves. */
  async moveClock(move: ControlBody<'moveClock'>): Promise<ControlAnswer<'moveClock'>> {
    return this.#call('POST', '/clock', move);
  }

  /** Resolves once no pull, processing or delivery is under way or due; rejects with 409 after 30 s. */
  async waitIdle(options: ControlBody<'waitIdle'> = {}): Promise<ControlAnswer<'waitIdle'>> {
    return this.#call('POST', '/idle', options);
  }

  /** The apps. */
  async listApps(): Promise<ControlAnswer<'listApps'>> {
    return this.#call('GET', '/apps');
  }

  /** Makes or changes an app; what is left out keeps its value. */
  async putApp(
    clientKey: string,
    fields: ControlBody<'putApp'> = {},
  ): Promise<ControlAnswer<'putApp'>> {
    return this.#call('PUT', `/apps/${encodeURIComponent(clientKey)}`, fields);
  }

  /** The creators. */
  async listCreators(): Promise<ControlAnswer<'listCreators'>> {
    return this.#call('GET', '/creators');
  }

  /** Makes or changes a creator; what is left out keeps its value. */
  async putCreator(
    username: string,
    fields: ControlBody<'putCreator'> = {},
  ): Promise<ControlAnswer<'putCreator'>> {
    return this.#call('PUT', `/creators/${encodeURIComponent(username)}`, fields);
  }

  /** Does what a creator would do in TikTok's own app, such as post a draft from the inbox. */
  async act(username: string, act: ControlBody<'act'>): Promise<ControlAnswer<'act'>> {
    return this.#call('POST', `/creators/${encodeURIComponent(username)}/acts`, act);
  }

  /** TikTok's token answer, without a browser. */
  async createToken(subject: ControlBody<'createToken'>): Promise<ControlAnswer<'createToken'>> {
    return this.#call('POST', '/tokens', subject);
  }

  /** Decides an authorize request as a person would; gives where the browser would go. */
  async decideConsent(
    decision: ControlBody<'decideConsent'>,
  ): Promise<ControlAnswer<'decideConsent'>> {
    return this.#call('POST', '/consents', decision);
  }

  /** Scans, confirms or denies a QR login as the phone would. */
  async actOnQrLogin(act: ControlBody<'actOnQrLogin'>): Promise<ControlAnswer<'actOnQrLogin'>> {
    return this.#call('POST', '/qr_logins', act);
  }

  /** Adds a fault rule. */
  async addFault(rule: ControlBody<'addFault'>): Promise<ControlAnswer<'addFault'>> {
    return this.#call('POST', '/faults', rule);
  }

  /** The fault rules in force. */
  async listFaults(): Promise<ControlAnswer<'listFaults'>> {
    return this.#call('GET', '/faults');
  }

  /** Deletes a fault rule. */
  async deleteFault(id: number): Promise<void> {
    await this.#call('DELETE', `/faults/${id}`);
  }

  /** Requests to TikTok's endpoints, oldest first. */
  async listRequests(options: ListOptions = {}): Promise<ControlAnswer<'listRequests'>> {
    return this.#call('GET', `/requests${toQuery(options)}`);
  }

  /** Posts, oldest first. */
  async listPosts(options: ListOptions = {}): Promise<ControlAnswer<'listPosts'>> {
    return this.#call('GET', `/posts${toQuery(options)}`);
  }

  /** Approves, rejects or removes a post. */
  async moderatePost(
    publishId: string,
    body: ControlBody<'moderatePost'>,
  ): Promise<ControlAnswer<'moderatePost'>> {
    return this.#call('POST', `/posts/${encodeURIComponent(publishId)}/moderate`, body);
  }

  /** Rules that clients broke, oldest first. */
  async listViolations(options: ListOptions = {}): Promise<ControlAnswer<'listViolations'>> {
    return this.#call('GET', `/violations${toQuery(options)}`);
  }

  /** Webhook events and the attempts to deliver them, oldest first. */
  async listWebhooks(options: ListOptions = {}): Promise<ControlAnswer<'listWebhooks'>> {
    return this.#call('GET', `/webhooks${toQuery(options)}`);
  }

  /** Sends an app any event, as the test button of TikTok's console does. */
  async sendWebhook(event: ControlBody<'sendWebhook'>): Promise<ControlAnswer<'sendWebhook'>> {
    return this.#call('POST', '/webhooks', event);
  }

  /** The whole state. */
  async getSnapshot(): Promise<ControlAnswer<'getSnapshot'>> {
    return this.#call('GET', '/snapshot');
  }

  /** Goes back to a whole state. */
  async putSnapshot(snapshot: ControlBody<'putSnapshot'>): Promise<ControlAnswer<'putSnapshot'>> {
    return this.#call('PUT', '/snapshot', snapshot);
  }

  /** Certificate of the throw-away authority, when the emulator speaks TLS; else 404. */
  async getCaCertificate(): Promise<ControlAnswer<'getCaCertificate'>> {
    return this.#call('GET', '/ca_certificate');
  }

  /** The description of this API. */
  async getOpenApi(): Promise<ControlAnswer<'getOpenApi'>> {
    return this.#call('GET', '/openapi.json');
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#fetch(`${this.url}/_emulator${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new EmulatorControlError(response.status, toMessage(text));
    // The routes answer from the same table that Answer comes from.
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}

function toQuery({ after }: ListOptions): string {
  return after === undefined ? '' : `?after=${after}`;
}

function toMessage(text: string): string {
  try {
    // Whatever the shape is, a missing message is handled.
    const parsed = JSON.parse(text) as { error?: { message?: unknown } } | null;
    if (typeof parsed?.error?.message === 'string') return parsed.error.message;
  } catch {
    // An answer that is no JSON is shown as it is.
  }
  return text.slice(0, 500);
}
