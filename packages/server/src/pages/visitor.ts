import { type Access, access, isRoleAtLeast, type OperationId } from '@greenroom/contract';
import type { FastifyRequest } from 'fastify';
import { inInstallation, type Transaction } from '../db/database.ts';
import { type PersonCaller, requireAccess } from '../http/access.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { identify, inScopeOf, type Principal, requireSameOrigin } from '../workspaces/principal.ts';
import { listWorkspacesOf, type WorkspaceOfPerson } from '../workspaces/workspaces.ts';

/** A person who looks at a page. */
export interface Visitor {
  readonly caller: PersonCaller;
  /** The longest membership first. */
  readonly workspaces: readonly WorkspaceOfPerson[];
}

/** Who looks at a page; `undefined` when nobody is signed in. An API key is nobody: pages are for people. */
export async function findVisitor(
  services: Services,
  request: FastifyRequest,
): Promise<Visitor | undefined> {
  const { authorization: _, ...headers } = request.headers;
  const caller = await identify(services, { method: request.method, headers });
  if (caller.kind !== 'person') return undefined;
  const workspaces = await inInstallation(services.database, (tx) =>
    listWorkspacesOf(tx, caller.personId),
  );
  return { caller, workspaces };
}

/**
 * Who sent a form.
 *
 * @throws {ProblemError} `cross-site`, or `unauthenticated` when the session has ended meanwhile.
 */
export async function requireVisitor(
  services: Services,
  request: FastifyRequest,
): Promise<Visitor> {
  requireSameOrigin(request, services.config.publicUrl);
  const visitor = await findVisitor(services, request);
  if (visitor !== undefined) return visitor;
  throw new ProblemError('unauthenticated', 'You are not signed in any more.');
}

/**
 * Runs `work` in a workspace of the visitor's, when the visitor may do there what an operation of the API does.
 *
 * @throws {ProblemError} `forbidden`.
 */
export function inWorkspaceOf<T>(
  services: Services,
  { caller }: Visitor,
  workspaceId: string,
  operation: OperationId,
  work: (tx: Transaction, principal: Principal) => Promise<T>,
): Promise<T> {
  return inScopeOf(services, { ...caller, wantedWorkspaceId: workspaceId }, (tx, principal) => {
    requireAccess(operation, principal);
    return work(tx, principal);
  });
}

/** Whether a member may do what an operation of the API does, so that a page offers it. */
export function mayDo({ role }: Pick<WorkspaceOfPerson, 'role'>, operation: OperationId): boolean {
  const { role: least }: Access = access[operation];
  return least === 'public' || least === 'person' || isRoleAtLeast(role, least);
}
