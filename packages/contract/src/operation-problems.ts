import { type Access, access } from './access.ts';
import type { Operation } from './operation.ts';
import type { OperationId } from './operations.ts';
import type { ProblemCode } from './problems.ts';

/** Every problem that an operation may answer: its own, and those that its kind of request may meet. */
export function problemsOf(operation: Operation & { readonly id: OperationId }): ProblemCode[] {
  const { role }: Access = access[operation.id];
  const isInWorkspace = role !== 'public' && role !== 'person';
  const problems: ProblemCode[] = [
    'malformed-request',
    'invalid-request',
    'uri-too-long',
    'request-timeout',
    'headers-too-large',
    'too-many-requests',
    'internal',
    'unavailable',
    ...operation.problems,
  ];
  // A credential that makes no sense is refused even where none is needed.
  problems.push('unauthenticated');
  if (role !== 'public') problems.push('forbidden');
  if (isInWorkspace) problems.push('workspace-required');
  if (operation.method !== 'GET') {
    problems.push('cross-site', 'malformed-body', 'body-too-large', 'unsupported-media-type');
  }
  if (operation.query !== undefined && 'cursor' in operation.query.shape) {
    problems.push('invalid-cursor');
  }
  if (operation.params !== undefined) problems.push('not-found');
  if (operation.creates) problems.push('idempotency-in-flight', 'idempotency-mismatch');
  return [...new Set(problems)];
}
