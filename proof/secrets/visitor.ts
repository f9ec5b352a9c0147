import type { Evidence } from './evidence.ts';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Its JSON. @throws If it is none. */
  json(): Record<string, unknown>;
}

/** What may be sent. */
export interface Sending {
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

/** Somebody who uses Greenroom: a browser with cookies, or a program with an API key. Every answer is kept as evidence. */
export class Visitor {
  readonly #base: string;
  readonly #evidence: Evidence;
  readonly #cookies = new Map<string, string>();
  readonly #apiKey: string | undefined;

  constructor(base: string, evidence: Evidence, apiKey?: string) {
    this.#base = base;
    this.#evidence = evidence;
    this.#apiKey = apiKey;
  }

  /** Sends a request and keeps the answer. */
  async ask(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const { form, headers, json } = sending;
    const body =
      form === undefined ? json && JSON.stringify(json) : new URLSearchParams(form).toString();
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        // What a browser says of a form or a script of our own page.
        origin: this.#base,
        'sec-fetch-site': 'same-origin',
        ...(this.#apiKey === undefined ? {} : { authorization: `Bearer ${this.#apiKey}` }),
        ...(this.#cookies.size === 0 ? {} : { cookie: this.#cookieHeader() }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(typeof body === 'string' ? { body } : {}),
    });
    const text = await answer.text();
    this.#keepCookies(answer.headers);
    this.#keep(`${method} ${path.split('?', 1)[0]}`, answer, text);
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      // The callers look at each field that they use.
      json: () => JSON.parse(text) as Record<string, unknown>,
    };
  }

  /** The same, where any answer but a good one ends the proof. */
  async want(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const answer = await this.ask(method, path, sending);
    if (answer.status < 400) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 400)}`);
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      if (name === undefined || !value) continue;
      this.#cookies.set(name, value);
      // The part before the signature is an id, which the database may know: alone it opens nothing.
      const credential = decodeURIComponent(value);
      if (credential.includes('.')) this.#evidence.addSecret('session', credential);
    }
  }

  #keep(source: string, answer: Response, text: string): void {
    const place = answer.status >= 400 ? 'errors' : 'answers';
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.#evidence.add(place, source, text);
    this.#evidence.add(place, `headers of ${source}`, headers);
  }
}
