import { randomBytes } from 'node:crypto';
import { scopeRoles } from '@greenroom/contract';
import type { Evidence } from './evidence.ts';
import { Visitor } from './visitor.ts';

/** Who there is after {@link runPeopleFlows}. */
export interface People {
  /** The first owner, signed in with a browser. */
  readonly owner: Visitor;
  /** A program with a key that may do everything. */
  readonly robot: Visitor;
  readonly workspaceId: string;
}

const ALL_SCOPES = Object.keys(scopeRoles);

/** Sets up the first owner, passwords, sessions, invitations and API keys, well and badly. */
export async function runPeopleFlows(
  base: string,
  setupUrl: string,
  evidence: Evidence,
): Promise<People> {
  const owner = new Visitor(base, evidence);
  const email = 'owner@example.com';
  const password = makePassword(evidence);
  const token = readFragment(setupUrl);
  evidence.addSecret('setup token', token);
  await owner.want('GET', '/setup');
  await owner.ask('POST', '/setup', { form: { token, name: 'Ada', email, password: 'short' } });
  await owner.want('POST', '/setup', { form: { token, name: 'Ada', email, password } });
  await owner.ask('POST', '/setup', { form: { token, name: 'Eve', email, password } });
  await owner.want('GET', '/');
  const session = (await owner.want('GET', '/api/v1/session')).json();
  await failToSignIn(base, email, evidence);

  const next = makePassword(evidence);
  await owner.ask('PUT', '/api/v1/session/password', {
    json: { current_password: makePassword(evidence), new_password: next },
  });
  await owner.want('PUT', '/api/v1/session/password', {
    json: { current_password: password, new_password: next },
  });
  const again = new Visitor(base, evidence);
  await again.want('POST', '/sign-in', { form: { email, password: next } });
  await again.want('POST', '/api/v1/session', { json: { email, password: next } });
  await invite(base, owner, evidence);
  const robot = await makeKey(base, owner, evidence);
  await again.want('DELETE', '/api/v1/session');
  return { owner, robot, workspaceId: readWorkspaceId(session) };
}

/** Every way in which a password can come in that is not the right one. */
async function failToSignIn(base: string, email: string, evidence: Evidence): Promise<void> {
  const stranger = new Visitor(base, evidence);
  const password = makePassword(evidence);
  const path = '/api/v1/session';
  await stranger.ask('POST', path, { json: { email, password } });
  await stranger.ask('POST', path, { json: { email: password, password: [password] } });
  await stranger.ask('POST', path, { json: { email, password, remember: password } });
  await stranger.ask('POST', path, {
    headers: { 'content-type': 'application/json', 'x-password': password },
    form: { password },
  });
  await stranger.ask('POST', `${path}?password=${encodeURIComponent(password)}`, {
    json: [password],
  });
  await stranger.ask('POST', '/sign-in', { form: { email, password } });
}

async function invite(base: string, owner: Visitor, evidence: Evidence): Promise<void> {
  const made = await owner.want('POST', '/api/v1/invitations', {
    json: { role: 'editor' },
    headers: { 'idempotency-key': 'invite-once' },
  });
  const token = readFragment(String(made.json()['url']));
  evidence.addSecret('invitation token', token);
  await owner.want('POST', '/api/v1/invitations', {
    json: { role: 'editor' },
    headers: { 'idempotency-key': 'invite-once' },
  });
  await owner.want('GET', '/api/v1/invitations');
  const guest = new Visitor(base, evidence);
  const person = { name: 'Grace', email: 'grace@example.com', password: makePassword(evidence) };
  await guest.ask('POST', '/api/v1/invitations/accept', { json: { token: `${token}x`, person } });
  await guest.want('POST', '/api/v1/invitations/accept', { json: { token, person } });
  await guest.ask('POST', '/api/v1/invitations/accept', { json: { token, person } });
}

async function makeKey(base: string, owner: Visitor, evidence: Evidence): Promise<Visitor> {
  const json = { name: 'robot', scopes: ALL_SCOPES };
  const headers = { 'idempotency-key': 'key-once' };
  const made = await owner.want('POST', '/api/v1/api-keys', { json, headers });
  const key = String(made.json()['token']);
  evidence.addSecret('API key', key);
  await owner.want('POST', '/api/v1/api-keys', { json, headers });
  await owner.want('GET', '/api/v1/api-keys');
  const robot = new Visitor(base, evidence, key);
  await robot.want('GET', '/api/v1/workspace');
  // The same key where it does not belong.
  const stranger = new Visitor(base, evidence);
  await stranger.ask('GET', `/api/v1/workspace?api_key=${key}`);
  await stranger.ask('GET', `/api/v1/accounts/${key}`);
  await stranger.ask('GET', '/api/v1/workspace', { headers: { authorization: `Basic ${key}` } });
  await stranger.ask('GET', '/api/v1/workspace', { headers: { authorization: `Bearer ${key}x` } });
  return robot;
}

function makePassword(evidence: Evidence): string {
  // With signs that every encoding writes in its own way.
  const password = `Päss&"word"<'/\\+=% ${randomBytes(12).toString('base64url')}`;
  evidence.addSecret('password', password);
  return password;
}

function readFragment(url: string): string {
  return new URL(url).hash.slice(1);
}

function readWorkspaceId(session: Record<string, unknown>): string {
  // As the contract says of a session.
  const [first] = session['workspaces'] as { id: string }[];
  if (first === undefined) throw new Error('The first owner belongs to no workspace');
  return first.id;
}
