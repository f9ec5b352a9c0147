import { postingScopes } from './scopes.ts';

/** An app as TikTok's developer portal would hold it. */
export interface App {
  readonly client_key: string;
  client_secret: string;
  /** Whether it passed the Direct Post audit; a new app has not. */
  audited: boolean;
  /** Scopes that are enabled for it. */
  scopes: string[];
  /** Registered redirects, at most 10; a port of `*` and, on loopback, a path of `/*` match any. */
  redirect_uris: string[];
  verified_domains: string[];
  verified_url_prefixes: string[];
  webhook_url: string | null;
  /** A sandbox takes only the creators in `target_users`. */
  sandbox: boolean;
  target_users: string[];
  /** Users who may post in 24 h; `null` means 5 while unaudited and no cap once audited. */
  active_user_cap: number | null;
}

/** Redirects that cover every loopback address, for apps that exist without configuration. */
const anyLoopback = [
  'http://127.0.0.1:*/*',
  'http://localhost:*/*',
  'https://127.0.0.1:*/*',
  'https://localhost:*/*',
] as const;

/** A new app with TikTok's defaults: unaudited, with every posting scope and any loopback redirect. */
export function newApp(clientKey: string, given: Partial<Omit<App, 'client_key'>> = {}): App {
  return {
    client_key: clientKey,
    client_secret: 'emulator-secret',
    audited: false,
    scopes: [...postingScopes],
    redirect_uris: [...anyLoopback],
    verified_domains: ['127.0.0.1', 'localhost'],
    verified_url_prefixes: [],
    webhook_url: null,
    sandbox: false,
    target_users: [],
    active_user_cap: null,
    ...given,
  };
}
