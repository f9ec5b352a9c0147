import type { AccessToken, RefreshToken } from './grant.ts';

/**
 * Tokens of each kind that an app may hold of one creator. One more, and the oldest dies: a client
 * that asks for a new token for each post does not fill the memory.
 */
const TOKENS_PER_GRANT = 1000;

/** Access and refresh tokens that live, found by their value or by whose they are. */
export class TokenStore {
  readonly #access = new TokenIndex<AccessToken>((token) => token.access_token);
  readonly #refresh = new TokenIndex<RefreshToken>((token) => token.refresh_token);

  /** Access tokens that were not revoked; they may have expired. */
  get access(): TokenIndex<AccessToken> {
    return this.#access;
  }

  /** Refresh tokens that were neither used nor revoked; they may have expired. */
  get refresh(): TokenIndex<RefreshToken> {
    return this.#refresh;
  }

  /** Kills every token that an app holds of a creator; true when there was one. */
  removeGrant(clientKey: string, username: string): boolean {
    const access = this.#access.removeGrant(clientKey, username);
    const refresh = this.#refresh.removeGrant(clientKey, username);
    return access || refresh;
  }

  /** Forgets every token. */
  clear(): void {
    this.#access.clear();
    this.#refresh.clear();
  }
}

/** Tokens of one kind. */
export class TokenIndex<Token extends { readonly client_key: string; readonly username: string }> {
  readonly #byValue = new Map<string, Token>();
  readonly #byGrant = new Map<string, Set<string>>();
  readonly #valueOf: (token: Token) => string;

  constructor(toValue: (token: Token) => string) {
    this.#valueOf = toValue;
  }

  /** How many there are. */
  get size(): number {
    return this.#byValue.size;
  }

  /** Adds a token; the oldest of the same app and creator goes when there are too many. */
  add(token: Token): void {
    const value = this.#valueOf(token);
    this.#byValue.set(value, token);
    const grant = grantKey(token.client_key, token.username);
    const values = this.#byGrant.get(grant) ?? new Set();
    this.#byGrant.set(grant, values.add(value));
    const [oldest] = values;
    if (values.size > TOKENS_PER_GRANT && oldest !== undefined) this.remove(oldest);
  }

  /** The token of this value. */
  find(value: string): Token | undefined {
    return this.#byValue.get(value);
  }

  /** Kills a token. */
  remove(value: string): void {
    const token = this.#byValue.get(value);
    if (token === undefined) return;
    this.#byValue.delete(value);
    this.#byGrant.get(grantKey(token.client_key, token.username))?.delete(value);
  }

  /** Kills every token that an app holds of a creator; true when there was one. */
  removeGrant(clientKey: string, username: string): boolean {
    const values = [...(this.#byGrant.get(grantKey(clientKey, username)) ?? [])];
    for (const value of values) this.remove(value);
    return values.length > 0;
  }

  /** All of them, oldest first. */
  list(): Token[] {
    return [...this.#byValue.values()];
  }

  /** Forgets all of them. */
  clear(): void {
    this.#byValue.clear();
    this.#byGrant.clear();
  }
}

function grantKey(clientKey: string, username: string): string {
  return `${clientKey} ${username}`;
}
