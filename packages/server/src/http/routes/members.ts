import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { changeRole, listMembers, type Member, removeMember } from '../../workspaces/members.ts';
import { Cursors } from '../page.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers who belongs to the workspace. */
export function registerMembers(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('members', z.string());

  route(app, services, operations.listMembers, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listMembers(tx, { after, limit: query.limit + 1 });
    const positionOf = (row: Member) => ({ at: row.created_at, id: row.person_id });
    return { status: 200, body: cursors.page(rows, query.limit, positionOf, toWire) };
  });

  route(app, services, operations.updateMember, async ({ tx, principal, params, body }) => ({
    status: 200,
    body: toWire(await changeRole(tx, principal, params.person_id, body.role)),
  }));

  route(app, services, operations.removeMember, async ({ tx, principal, params }) => {
    await removeMember(tx, principal, params.person_id);
    return { status: 204 };
  });
}

function toWire(member: Member) {
  return { ...member, created_at: member.created_at.toISOString() };
}
