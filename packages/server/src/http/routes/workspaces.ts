import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { removeMember } from '../../workspaces/members.ts';
import {
  createWorkspace,
  getWorkspace,
  listWorkspacesOf,
  renameWorkspace,
  type Workspace,
} from '../../workspaces/workspaces.ts';
import { ProblemError } from '../problem-error.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers a person's workspaces, and the one that a request works in. */
export function registerWorkspaces(app: FastifyInstance, services: Services): void {
  route(app, services, operations.listWorkspaces, async ({ tx, principal }) => {
    const all = await listWorkspacesOf(tx, principal.personId);
    const items = all.map(({ id, name, role }) => ({ id, name, role }));
    // Nobody belongs to so many that a page would not do.
    return { status: 200, body: { items, next_cursor: null } };
  });

  route(app, services, operations.createWorkspace, async ({ tx, principal, body }) => {
    const made = await createWorkspace(tx, { name: body.name, ownerId: principal.personId });
    return { status: 201, body: toWire(made) };
  });

  route(app, services, operations.getWorkspace, async ({ tx }) => ({
    status: 200,
    body: toWire(await getWorkspace(tx)),
  }));

  route(app, services, operations.updateWorkspace, async ({ tx, principal, body }) => ({
    status: 200,
    body: toWire(await renameWorkspace(tx, principal, body.name)),
  }));

  route(app, services, operations.leaveWorkspace, async ({ tx, principal }) => {
    if (principal.kind !== 'person') {
      throw new ProblemError(
        'forbidden',
        'An API key belongs to its workspace. Revoke it instead.',
      );
    }
    await removeMember(tx, principal, principal.personId);
    return { status: 204 };
  });
}

function toWire({ id, name, created_at }: Workspace) {
  return { id, name, created_at: created_at.toISOString() };
}
