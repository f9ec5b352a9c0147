import { toBase64Url } from '../bytes.ts';
import { isEqualInConstantTime } from '../constant-time.ts';
import { withSecrets } from '../redact.ts';
import { decodeOnce, splitScopes } from './callback.ts';
import type { FormAnswer } from './form-call.ts';
import { otherLogin } from './login-errors.ts';

/** How far a QR login is. */
export type QrLoginStatus = 'new' | 'scanned' | 'confirmed' | 'expired' | 'utilised';

/**
 * A login by QR code. All of it is secret: it can be read, but is in no printed form, no JSON and
 * no copy of this object.
 */
export interface QrLogin {
  /** What to render as the QR code; it carries the client ticket. */
  readonly url: string;
  /** Names the login in checks. */
  readonly token: string;
  /** What TikTok must bring back with the code. */
  readonly clientTicket: string;
}

/**
 * How far a QR login is, and its code once it is confirmed. The code is a secret: it can be read,
 * but is in no printed form, no JSON and no copy of this object.
 */
export interface QrLoginCheck {
  /** A {@link QrLoginStatus}, or one that TikTok has added. */
  readonly status: QrLoginStatus | (string & {});
  /** The state that the login was started with; `undefined` until it is confirmed. */
  readonly state: string | undefined;
  /** Granted scopes, if TikTok says so. */
  readonly scopes: readonly string[];
  /** The authorization code, decoded once; `undefined` until the login is confirmed. */
  readonly code: string | undefined;
}

const PLACE_OF_TICKET = 'tobefilled';

/** Reads a new QR login and puts a ticket of our own into its URL. */
export function readQrLogin(answer: FormAnswer): QrLogin {
  const { scan_qrcode_url, token } = answer.body;
  if (typeof scan_qrcode_url !== 'string' || !scan_qrcode_url.includes(PLACE_OF_TICKET)) {
    throw answer.fail('no scan_qrcode_url with a place for the client ticket');
  }
  if (typeof token !== 'string' || token === '') throw answer.fail('no token');
  const clientTicket = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const url = scan_qrcode_url.replace(PLACE_OF_TICKET, clientTicket);
  return withSecrets({}, { url, token, clientTicket });
}

/**
 * Reads how far a QR login is.
 *
 * @throws {TikTokOAuthError} `qr_ticket_mismatch` if the ticket is not that of the login.
 */
export function readQrLoginCheck(answer: FormAnswer, login: QrLogin): QrLoginCheck {
  const { status, client_ticket, state, scopes } = answer.body;
  if (typeof status !== 'string') throw answer.fail('no status');
  const ticket = typeof client_ticket === 'string' ? client_ticket : '';
  // Empty until the code is scanned; a code without our ticket would be someone else's login.
  const mustMatch = status === 'confirmed' || ticket !== '';
  if (mustMatch && !isEqualInConstantTime(ticket, login.clientTicket)) {
    throw otherLogin('qr_ticket_mismatch');
  }
  const granted = readRedirect(answer.body['redirect_uri'] ?? answer.body['code']);
  if (status === 'confirmed' && granted.code === undefined) throw answer.fail('no code');
  const stated = typeof state === 'string' && state !== '' ? state : granted.state;
  const listed = typeof scopes === 'string' ? scopes : (granted.scopes ?? '');
  const list = splitScopes(listed);
  return withSecrets({ status, state: stated, scopes: list }, { code: granted.code });
}

// TikTok's table calls the field `code`, its example `redirect_uri` and puts a URL in it.
function readRedirect(value: unknown): ReturnType<typeof decodeOnce> {
  if (typeof value !== 'string' || value === '') return {};
  return value.includes('?') ? decodeOnce(value) : { code: value };
}
