import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { renderNoticePage, renderQrConfirmPage } from '../consent-page/consent-page.ts';
import type { Emulator } from '../emulator.ts';
import { queryOf, sendPage, showRefusal } from './authorize.ts';
import type { ScannedQrCode } from './qr-login.ts';
import { confirm, expire, readQrCode, scan } from './qr-login.ts';

/** The phone's side of a QR login: `GET /v2/auth/qr/?url=` scans, its form confirms or refuses. */
const QR_PATH = '/v2/auth/qr/';

/** Plays the phone for QR logins, in a browser. */
export function registerQrPage(app: FastifyInstance, emulator: Emulator): void {
  app.get(QR_PATH, (request, reply) => {
    const url = queryOf(request).get('url') ?? '';
    const scanned = readQrCode(emulator, url);
    if (typeof scanned === 'string') return refuse(emulator, request, reply, scanned);
    scan(scanned);
    return sendPage(reply, 200, renderPhone(emulator, scanned, url));
  });
  app.post(QR_PATH, (request, reply) => {
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : '');
    const scanned = readQrCode(emulator, form.get('url') ?? '');
    if (typeof scanned === 'string') return refuse(emulator, request, reply, scanned);
    const username = form.get('username') ?? '';
    const { status } = scanned.login;
    if (status !== 'scanned') return refuse(emulator, request, reply, `The code is ${status}.`);
    if (form.get('decision') !== 'allow') expire(scanned);
    else if (!emulator.store.creators.has(username)) {
      return refuse(emulator, request, reply, 'No creator was chosen.');
    } else confirm(emulator, scanned, { username, scopes: form.getAll('scope') }, request);
    const title = `The login is ${scanned.login.status}`;
    return sendPage(reply, 200, renderNoticePage({ title, detail: 'You may close this page.' }));
  });
}

function renderPhone(
  emulator: Emulator,
  { login, clientTicket }: ScannedQrCode,
  url: string,
): string {
  return renderQrConfirmPage({
    appName: login.client_key,
    creators: [...emulator.store.creators.values()].map((creator) => ({
      username: creator.username,
      nickname: creator.nickname,
      privateAccount: creator.private_account,
    })),
    scopes: [...login.scopes],
    action: QR_PATH,
    fields: { url },
    clientTicket,
  });
}

function refuse(
  emulator: Emulator,
  request: FastifyRequest,
  reply: FastifyReply,
  detail: string,
): FastifyReply {
  return showRefusal(emulator, request, reply, {
    kind: 'page',
    error: 'invalid_request',
    errorType: 'qr_code',
    rule: 'oauth.qr_ticket',
    detail,
  });
}
