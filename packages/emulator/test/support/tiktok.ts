import type { RunningEmulator, StartEmulatorOptions } from '@greenroom/emulator';
import { startEmulator } from '@greenroom/emulator';
import { afterEach } from 'vitest';

/** Starts emulators that end with the test. */
export function useEmulator(): (options?: StartEmulatorOptions) => Promise<RunningEmulator> {
  const running: RunningEmulator[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((emulator) => emulator.close()));
  });
  return async (options) => {
    const emulator = await startEmulator(options);
    running.push(emulator);
    return emulator;
  };
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or `undefined`. */
  // Tests look into answers of many shapes; what they expect is compared as a whole.
  readonly json: Record<string, unknown>;
}

/** Sends a request and reads its answer; redirects are not followed. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  let json: Record<string, unknown> = {};
  try {
    // Whatever is no object fails the comparison of the test that looks at it.
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // No JSON: `json` stays empty.
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Posts a form, as the OAuth endpoints take it. */
export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  return send(url, { method: 'POST', body: new URLSearchParams(fields) });
}

/** Posts JSON with a bearer token. */
export async function postJson(url: string, token: string, body: unknown): Promise<Answer> {
  return send(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json; charset=UTF-8',
    },
    body: JSON.stringify(body),
  });
}

/** The seeded audited app. */
export const audited = { client_key: 'audited', client_secret: 'emulator-secret' } as const;

/** Where the app of a test listens, as far as TikTok knows. */
export const redirectUri = 'http://127.0.0.1:3456/callback/';

/** The verifier and the challenge of reference 1.3, computed. */
export const pkce = {
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  hex: '13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3',
  base64url: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
} as const;

/** An authorize URL of the desktop flow; `undefined` leaves a parameter out. */
export function authorizeUrl(
  base: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters: Record<string, string | undefined> = {
    client_key: 'audited',
    scope: 'user.info.basic,video.publish',
    response_type: 'code',
    redirect_uri: redirectUri,
    state: 'state-1',
    code_challenge: pkce.hex,
    code_challenge_method: 'S256',
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  return `${base}/v2/auth/authorize/?${query}`;
}

/** Gets a code as a person would grant it. */
export async function grantCode(
  emulator: RunningEmulator,
  changes: Readonly<Record<string, string | undefined>> = {},
  decision: { readonly username?: string; readonly scopes?: string[] } = {},
): Promise<string> {
  const { redirect_url } = await emulator.control.decideConsent({
    authorize_url: authorizeUrl(emulator.url, changes),
    username: decision.username ?? 'public_creator',
    ...(decision.scopes === undefined ? {} : { scopes: decision.scopes }),
  });
  return new URL(redirect_url).searchParams.get('code') ?? '';
}

/** Exchanges a code; `changes` replace or add fields. */
export async function exchange(
  emulator: RunningEmulator,
  code: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return postForm(`${emulator.url}/v2/oauth/token/`, {
    ...audited,
    code,
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code_verifier: pkce.verifier,
    ...changes,
  });
}

/** The rules that clients broke so far. */
export async function brokenRules(emulator: RunningEmulator): Promise<string[]> {
  const { violations } = await emulator.control.listViolations();
  return violations.map(({ rule }) => rule);
}
