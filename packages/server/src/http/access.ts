import { type Access, access, isRoleAtLeast, type OperationId } from '@greenroom/contract';
import type { Caller, Principal } from '../workspaces/principal.ts';
import { ProblemError } from './problem-error.ts';

type AccessTable = typeof access;

/** A person who is signed in, before a workspace is chosen. */
export type PersonCaller = Extract<Caller, { readonly kind: 'person' }>;

/** Who a handler deals with: for public operations perhaps nobody, else at least a person, else a member or a key. */
export type PrincipalOf<Id extends OperationId> = AccessTable[Id]['role'] extends 'public'
  ? Caller
  : AccessTable[Id]['role'] extends 'person'
    ? PersonCaller
    : Principal;

/** Whether an operation works in a workspace. */
export function isInWorkspace(id: OperationId): boolean {
  const { role } = access[id];
  return role !== 'public' && role !== 'person';
}

/**
 * Refuses a caller that no workspace could make welcome: nobody, or an API key where only people may.
 *
 * @throws {ProblemError} `unauthenticated` or `forbidden`.
 */
export function requireCaller(id: OperationId, caller: Caller): void {
  requireCallerOf(access[id], caller);
}

/** As {@link requireCaller}, for what is no operation. */
export function requireCallerOf({ role, scope }: Access, caller: Caller): void {
  if (role === 'public') return;
  if (caller.kind === 'none') {
    throw new ProblemError('unauthenticated', 'Sign in, or send an API key.');
  }
  if (caller.kind === 'api_key' && scope === undefined) {
    throw new ProblemError('forbidden', 'Only a person who is signed in can do this.');
  }
}

/**
 * Refuses a member whose role, or a key whose scopes, do not cover the operation.
 *
 * @throws {ProblemError} `forbidden`.
 */
export function requireAccess(id: OperationId, principal: Principal): void {
  requireAccessTo(access[id], principal);
}

/** As {@link requireAccess}, for what is no operation. */
export function requireAccessTo({ role, scope }: Access, principal: Principal): void {
  if (principal.kind === 'api_key') {
    if (scope !== undefined && principal.scopes.includes(scope)) return;
    throw new ProblemError('forbidden', `The API key lacks the scope ${scope ?? '(none)'}.`);
  }
  if (role === 'public' || role === 'person' || isRoleAtLeast(principal.role, role)) return;
  throw new ProblemError('forbidden', `This takes the role ${role}; yours is ${principal.role}.`);
}
