/** What is sent besides method, path and body. */
type Headers = Readonly<Record<string, string>>;

/** As much of a browser as a session needs: it keeps cookies, and says from where it sends. */
export class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  /** The `Cookie` header that it sends. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** A browser with the same cookies, on another server of the installation. */
  at(url: string): Browser {
    const other = new Browser(url);
    for (const [name, value] of this.#cookies) other.#cookies.set(name, value);
    return other;
  }

  get(path: string, headers: Headers = {}): Promise<Response> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: object, headers: Headers = {}): Promise<Response> {
    return this.send('POST', path, body, headers);
  }

  /** Sends a request from a page of the server's own. */
  async send(
    method: string,
    path: string,
    body: object | undefined,
    headers: Headers = {},
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), {
      method,
      redirect: 'manual',
      headers: {
        origin: this.#url,
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Sends a form from a page of the server's own. */
  async submit(path: string, fields: Record<string, string>, headers: Headers = {}) {
    const response = await fetch(new URL(path, this.#url), {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: this.#url, cookie: this.cookie, ...headers },
      body: new URLSearchParams(fields),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Signs in; fails when that is refused. */
  async signIn(email: string, password: string): Promise<void> {
    const response = await this.post('/api/v1/session', { email, password });
    if (response.status !== 200) throw new Error(await response.text());
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0(;|$)/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
