import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  CONSENT_PAGE_CSP,
  renderConsentPage,
  renderErrorPage,
} from '../consent-page/consent-page.ts';
import type { Emulator } from '../emulator.ts';
import { rules } from '../rules/rules.ts';
import type { AuthorizeRequest, RefusedOnPage } from './authorize-request.ts';
import { checkAuthorize } from './authorize-request.ts';
import { decide } from './decide.ts';
import { hasConsent } from './issue-tokens.ts';
import { readSession, writeSession } from './session.ts';

/** Where the consent page posts the person's decision. */
const DECISION_PATH = '/v2/auth/authorize/decision/';

/** `GET /v2/auth/authorize/` with its consent page, for web and desktop. */
export function registerAuthorize(app: FastifyInstance, emulator: Emulator): void {
  app.get('/v2/auth/authorize/', (request, reply) => authorize(emulator, request, reply));
  app.get('/v2/auth/authorize', (request, reply) => {
    emulator.violations.record('oauth.trailing_slash', 'the path ends in a slash', request);
    return authorize(emulator, request, reply);
  });
  app.post(DECISION_PATH, (request, reply) => takeDecision(emulator, request, reply));
}

function authorize(emulator: Emulator, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const query = queryOf(request);
  const outcome = checkAuthorize(emulator, query, request);
  if (outcome.kind === 'page') return showRefusal(emulator, request, reply, outcome);
  if (outcome.kind === 'callback') {
    emulator.violations.record(outcome.rule, outcome.detail, request);
    return reply.redirect(outcome.redirectUrl, 302);
  }
  const asked = outcome.request;
  request.call.clientKey = asked.app.client_key;
  const username = readSession(emulator, request);
  if (username !== undefined && maySkipPage(emulator, asked, username)) {
    request.call.username = username;
    const decision = { username, scopes: asked.scopes, allow: true };
    return reply.redirect(decide(emulator, asked, decision, request), 302);
  }
  return showConsent(emulator, reply, asked, query.toString(), username);
}

function maySkipPage(emulator: Emulator, asked: AuthorizeRequest, username: string): boolean {
  const subject = { client_key: asked.app.client_key, username, scopes: asked.scopes };
  return !asked.mustAsk && hasConsent(emulator, subject);
}

function showConsent(
  emulator: Emulator,
  reply: FastifyReply,
  asked: AuthorizeRequest,
  query: string,
  username: string | undefined,
): FastifyReply {
  const html = renderConsentPage({
    appName: asked.app.client_key,
    creators: [...emulator.store.creators.values()].map((creator) => ({
      username: creator.username,
      nickname: creator.nickname,
      privateAccount: creator.private_account,
    })),
    scopes: [...asked.scopes],
    ...(username === undefined ? {} : { selectedUsername: username }),
    action: DECISION_PATH,
    fields: { query },
  });
  return sendPage(reply, 200, html);
}

function takeDecision(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : '');
  // The query is checked again: a form can be changed on its way.
  const outcome = checkAuthorize(emulator, new URLSearchParams(form.get('query') ?? ''), request);
  if (outcome.kind === 'page') return showRefusal(emulator, request, reply, outcome);
  if (outcome.kind === 'callback') return reply.redirect(outcome.redirectUrl, 303);
  const username = form.get('username') ?? '';
  const allow = form.get('decision') === 'allow';
  if (allow && !emulator.store.creators.has(username)) {
    return showRefusal(emulator, request, reply, {
      kind: 'page',
      error: 'invalid_request',
      errorType: 'username',
      rule: 'oauth.parameters',
      detail: 'no creator was chosen',
    });
  }
  request.call.clientKey = outcome.request.app.client_key;
  const decision = { username, scopes: form.getAll('scope'), allow };
  if (allow) {
    request.call.username = username;
    writeSession(reply, username);
  }
  return reply.redirect(decide(emulator, outcome.request, decision, request), 303);
}

/** Shows a refusal that must not go to the app, in the words that TikTok puts into its page’s address. */
export function showRefusal(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: RefusedOnPage,
): FastifyReply {
  emulator.violations.record(refusal.rule, refusal.detail, request);
  request.call.code = refusal.error;
  const code = refusal.errCode === undefined ? '' : `&errCode=${refusal.errCode}`;
  const html = renderErrorPage({
    title: 'Something went wrong',
    error: `error=${refusal.error}${code}&error_type=${refusal.errorType}`,
    errorType: refusal.errorType,
    detail: refusal.detail,
    document: rules[refusal.rule],
  });
  return sendPage(reply, 400, html);
}

/** Answers a page of ours. */
export function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONSENT_PAGE_CSP,
      'cache-control': 'no-store',
    })
    .send(html);
}

/** The query of a request as it was sent: repeated and empty parameters included. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  const { url } = request.raw;
  const start = (url ?? '').indexOf('?');
  return new URLSearchParams(start === -1 ? '' : (url ?? '').slice(start));
}
