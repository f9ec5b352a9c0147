import type { Role, Scope } from '@greenroom/contract';
import type { Actor } from '../activity/record.ts';
import { type Database, inInstallation, inWorkspace, type Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import { hashToken, isApiKeyToken } from './api-key-token.ts';
import type { Person, StoredSession } from './auth-engine.ts';
import type { Identity } from './identity.ts';
import { listWorkspaceIds, readKey, readRole } from './principal-queries.ts';
import { isSafeMethod, isSameOrigin, type RequestOrigin } from './same-origin.ts';

/** Whoever sends a request, as far as its headers tell. */
export type Caller =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'api_key';
      readonly tokenHash: Buffer;
      /** From the header `Greenroom-Workspace`. */
      readonly wantedWorkspaceId: string | undefined;
    }
  | {
      readonly kind: 'person';
      readonly personId: string;
      readonly sessionId: string;
      readonly person: Person;
      readonly session: StoredSession;
      /** From the header `Greenroom-Workspace`. */
      readonly wantedWorkspaceId: string | undefined;
    };

/** Whoever acts in a workspace. */
export type Principal = MemberPrincipal | ApiKeyPrincipal;

/** A person in a workspace, by a browser session. */
export interface MemberPrincipal {
  readonly kind: 'person';
  readonly personId: string;
  readonly sessionId: string;
  readonly workspaceId: string;
  readonly role: Role;
}

/** A program in a workspace, by an API key. */
export interface ApiKeyPrincipal {
  readonly kind: 'api_key';
  readonly keyId: string;
  readonly workspaceId: string;
  readonly scopes: readonly Scope[];
}

/** What {@link identify} and {@link inScopeOf} need of the services. */
export interface PrincipalServices {
  readonly config: { readonly publicUrl: string };
  readonly database: Database;
  readonly identity: Identity;
}

/** What {@link identify} reads of a request. */
export interface IdentifiableRequest extends RequestOrigin {
  readonly headers: RequestOrigin['headers'] & {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
    readonly 'greenroom-workspace'?: string | string[] | undefined;
  };
}

/**
 * Reads who sent a request. An API key costs no statement here: it is looked up in the transaction that works for it.
 *
 * @throws {ProblemError} `unauthenticated` for a credential of no form of ours; `cross-site` when a session
 * comes with a request that changes something and that another site may have made the browser send.
 */
export async function identify(
  { config, identity }: PrincipalServices,
  request: IdentifiableRequest,
): Promise<Caller> {
  const { authorization, cookie } = request.headers;
  const wantedWorkspaceId = readWantedWorkspace(request.headers['greenroom-workspace']);
  if (authorization !== undefined) {
    return { kind: 'api_key', tokenHash: readApiKey(authorization), wantedWorkspaceId };
  }
  const session = await identity.findSession(cookie);
  if (session === undefined) return { kind: 'none' };
  if (!isSafeMethod(request.method)) requireSameOrigin(request, config.publicUrl);
  return {
    kind: 'person',
    personId: session.person.id,
    sessionId: session.id,
    person: session.person,
    session,
    wantedWorkspaceId,
  };
}

/**
 * Runs `work` in one transaction in the caller's workspace.
 *
 * The key or the role is read by its first statement, so that what was revoked a moment ago does nothing.
 *
 * @throws {ProblemError} `unauthenticated`, `forbidden` or `workspace-required`.
 */
export async function inScopeOf<T>(
  { database }: Pick<PrincipalServices, 'database'>,
  caller: Caller,
  work: (tx: Transaction, principal: Principal) => Promise<T>,
): Promise<T> {
  if (caller.kind === 'none') {
    throw new ProblemError('unauthenticated', 'Sign in, or send an API key.');
  }
  if (caller.kind === 'api_key') return inScopeOfKey(database, caller, work);
  const workspaceId = caller.wantedWorkspaceId ?? (await findOnlyWorkspace(database, caller));
  return inWorkspace(database, workspaceId, async (tx) => {
    const { personId, sessionId } = caller;
    const role = await readRole(tx, personId);
    return work(tx, { kind: 'person', personId, sessionId, workspaceId, role });
  });
}

/** A principal as the audit log names it. */
export function toActor(principal: Principal): Actor {
  return principal.kind === 'person'
    ? { kind: 'person', id: principal.personId }
    : { kind: 'api_key', id: principal.keyId };
}

/**
 * Refuses what another site may have made a browser send.
 *
 * @throws {ProblemError} `cross-site`.
 */
export function requireSameOrigin(request: RequestOrigin, publicUrl: string): void {
  if (isSameOrigin(request, publicUrl)) return;
  throw new ProblemError(
    'cross-site',
    'A request that changes something takes a session only from a page of this Greenroom.',
  );
}

function readApiKey(authorization: string): Buffer {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined || !isApiKeyToken(token)) {
    throw new ProblemError('unauthenticated', 'The Authorization header carries no API key.');
  }
  return hashToken(token);
}

function readWantedWorkspace(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && UUID.test(header)) return header.toLowerCase();
  throw new ProblemError('invalid-request', 'Greenroom-Workspace is not the id of a workspace.', {
    errors: [{ in: 'header', pointer: '/greenroom-workspace', detail: 'This is not a UUID.' }],
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function inScopeOfKey<T>(
  database: Database,
  { tokenHash, wantedWorkspaceId }: Extract<Caller, { kind: 'api_key' }>,
  work: (tx: Transaction, principal: Principal) => Promise<T>,
): Promise<T> {
  // The hash goes into the statement's text so that scope and `begin` are one round trip. An unknown one leaves
  // no scope, and then no row is seen.
  const begin = `begin; select set_config('greenroom.workspace_id',
    (select workspace_id::text from find_api_key('\\x${tokenHash.toString('hex')}')), true)`;
  return database.transaction(begin, async (tx) => {
    const principal = await readKey(tx, tokenHash);
    if (wantedWorkspaceId === undefined || wantedWorkspaceId === principal.workspaceId) {
      return work(tx, principal);
    }
    throw new ProblemError(
      'forbidden',
      'The API key belongs to another workspace than the header Greenroom-Workspace names.',
    );
  });
}

async function findOnlyWorkspace(
  database: Database,
  { personId }: Pick<MemberPrincipal, 'personId'>,
): Promise<string> {
  const ids = await inInstallation(database, (tx) => listWorkspaceIds(tx, personId));
  const [only] = ids;
  if (only === undefined) throw new ProblemError('forbidden', 'You belong to no workspace.');
  if (ids.length === 1) return only;
  throw new ProblemError(
    'workspace-required',
    `You belong to ${ids.length} workspaces. Name one of them in the header Greenroom-Workspace: ${ids.join(', ')}.`,
  );
}
