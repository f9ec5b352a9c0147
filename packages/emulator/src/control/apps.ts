import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { checkRedirectUris } from '../oauth/redirect-uri.ts';
import type { App } from '../state/app.ts';
import { newApp } from '../state/app.ts';
import { newCreator } from '../state/creator.ts';
import { isKnownScope } from '../state/scopes.ts';
import { ControlError } from './control-error.ts';
import { given } from './given.ts';
import { handleOperation } from './handle-operation.ts';
import { Name } from './schemas.ts';

/** `GET apps`, `PUT apps/{client_key}`, `GET creators`, `PUT creators/{username}`. */
export function registerAppsAndCreators(app: FastifyInstance, emulator: Emulator): void {
  const { apps, creators } = emulator.store;
  handleOperation(app, 'listApps', () => ({ apps: [...apps.values()] }));
  handleOperation(app, 'putApp', ({ params, body }) => {
    const key = requireName(params['client_key']);
    const changed = { ...(apps.get(key) ?? newApp(key)), ...given(body) };
    const problem = findProblem(changed);
    if (problem !== undefined) throw new ControlError(400, problem);
    apps.set(key, Object.assign(apps.get(key) ?? changed, changed));
    return changed;
  });
  handleOperation(app, 'listCreators', () => ({ creators: [...creators.values()] }));
  handleOperation(app, 'putCreator', ({ params, body }) => {
    const username = requireName(params['username']);
    const creator = creators.get(username) ?? newCreator(username);
    creators.set(username, Object.assign(creator, given(body)));
    return creator;
  });
}

/** What is wrong with an app as TikTok's portal would see it. */
export function findProblem(app: App): string | undefined {
  const unknown = app.scopes.find((scope) => !isKnownScope(scope));
  if (unknown !== undefined) return `TikTok knows no scope ${unknown}.`;
  const hook = app.webhook_url;
  if (hook !== null && !isWebhookUrl(hook)) {
    return 'webhook_url must be an https address, or a plain http one on loopback.';
  }
  const prefix = app.verified_url_prefixes.find((url) => !isUrlPrefix(url));
  if (prefix !== undefined) {
    return `verified_url_prefixes: ${prefix} is no https address (or loopback one) that ends in /.`;
  }
  return checkRedirectUris(app.redirect_uris);
}

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

function isUrlPrefix(text: string): boolean {
  return isWebhookUrl(text) && text.endsWith('/');
}

function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function requireName(name: string | undefined): string {
  const parsed = Name.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new ControlError(400, `A name ${parsed.error.issues[0]?.message ?? 'is missing'}.`);
}
