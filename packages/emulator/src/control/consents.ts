import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { checkAuthorize } from '../oauth/authorize-request.ts';
import { decide } from '../oauth/decide.ts';
import { issueTokens, recordConsent } from '../oauth/issue-tokens.ts';
import { confirm, expire, readQrCode, scan } from '../oauth/qr-login.ts';
import type { App } from '../state/app.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';

/** `POST tokens`, `POST consents`, `POST qr_logins`: what else takes a browser or a phone. */
export function registerConsents(app: FastifyInstance, emulator: Emulator): void {
  handleOperation(app, 'createToken', ({ body }) => {
    const client = requireApp(emulator, body.client_key);
    requireCreator(emulator, body.username);
    const scopes = body.scopes ?? client.scopes;
    const disabled = scopes.find((scope) => !client.scopes.includes(scope));
    if (disabled !== undefined) {
      throw new ControlError(400, `The scope ${disabled} is not enabled for ${client.client_key}.`);
    }
    const subject = { client_key: client.client_key, username: body.username, scopes: [...scopes] };
    recordConsent(emulator, subject);
    return issueTokens(emulator, subject);
  });
  handleOperation(app, 'decideConsent', ({ body }) => {
    if (!URL.canParse(body.authorize_url)) throw new ControlError(400, 'authorize_url is no URL.');
    requireCreator(emulator, body.username);
    const outcome = checkAuthorize(emulator, new URL(body.authorize_url).searchParams, null);
    if (outcome.kind === 'callback') {
      emulator.violations.record(outcome.rule, outcome.detail, null);
      return { redirect_url: outcome.redirectUrl };
    }
    if (outcome.kind === 'page') {
      emulator.violations.record(outcome.rule, outcome.detail, null);
      const { error, errorType, detail } = outcome;
      throw new ControlError(400, `error=${error}&error_type=${errorType}: ${detail}.`);
    }
    const asked = outcome.request;
    const redirect_url = decide(
      emulator,
      asked,
      {
        username: body.username,
        scopes: body.scopes ?? asked.scopes,
        allow: body.decision === 'allow',
      },
      null,
    );
    return { redirect_url };
  });
  handleOperation(app, 'actOnQrLogin', ({ body }) => {
    const scanned = readQrCode(emulator, body.scan_qrcode_url);
    if (typeof scanned === 'string') throw new ControlError(400, scanned);
    const { login } = scanned;
    if (login.status !== 'new' && login.status !== 'scanned') {
      throw new ControlError(400, `The QR login is ${login.status}.`);
    }
    const { username = '', scopes = login.scopes } = body;
    if (body.act === 'confirm') requireCreator(emulator, username);
    scan(scanned);
    if (body.act === 'deny') expire(scanned);
    if (body.act === 'confirm') confirm(emulator, scanned, { username, scopes }, null);
    return { status: login.status };
  });
}

function requireApp(emulator: Emulator, clientKey: string): App {
  const app = emulator.store.apps.get(clientKey);
  if (app === undefined) throw new ControlError(404, `There is no app ${clientKey}.`);
  return app;
}

function requireCreator(emulator: Emulator, username: string): void {
  if (emulator.store.creators.has(username)) return;
  throw new ControlError(404, `There is no creator ${username}.`);
}
