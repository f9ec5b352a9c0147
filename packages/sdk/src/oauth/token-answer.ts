import { isObject, type JsonObject } from '../http/answer.ts';
import { splitScopes } from './callback.ts';
import type { FormAnswer } from './form-call.ts';
import { type ClientToken, toTokens, type UserTokens } from './tokens.ts';

/** Reads a creator's tokens out of a token answer. */
export function readUserTokens(answer: FormAnswer): UserTokens {
  const body = unwrap(answer.body);
  const { access_token, refresh_token, open_id, scope } = body;
  if (!isText(access_token)) throw answer.fail('no access_token');
  if (!isText(refresh_token)) throw answer.fail('no refresh_token');
  if (!isText(open_id)) throw answer.fail('no open_id');
  return toTokens({
    accessToken: access_token,
    refreshToken: refresh_token,
    openId: open_id,
    scopes: isText(scope) ? splitScopes(scope) : [],
    expiresAt: getEnd(body, answer),
    refreshExpiresAt: findEnd(body['refresh_expires_in'], answer.sentAt),
  });
}

/** Reads the token of an app out of a token answer. */
export function readClientToken(answer: FormAnswer): ClientToken {
  const body = unwrap(answer.body);
  const { access_token } = body;
  if (!isText(access_token)) throw answer.fail('no access_token');
  return toTokens({ accessToken: access_token, expiresAt: getEnd(body, answer) });
}

// Version 1 of the API, and stand-ins written after old notes, wrap the answer in `data`.
function unwrap(body: JsonObject): JsonObject {
  const { data } = body;
  return body['access_token'] === undefined && isObject(data) ? data : body;
}

function getEnd(body: JsonObject, answer: FormAnswer): Date {
  const end = findEnd(body['expires_in'], answer.sentAt);
  if (end === undefined) throw answer.fail('no expires_in');
  return end;
}

/** Lifetimes are remaining seconds: constants would be wrong, they have changed before. */
function findEnd(seconds: unknown, sentAt: Date): Date | undefined {
  const lifetime = typeof seconds === 'string' && seconds !== '' ? Number(seconds) : seconds;
  if (typeof lifetime !== 'number' || !Number.isFinite(lifetime)) return undefined;
  return new Date(sentAt.getTime() + lifetime * 1000);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
