import { operations } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { alertKinds } from '../../activity/alerts/alert-kinds.ts';
import { type AlertRow, acknowledgeAlert, listAlerts } from '../../activity/alerts/alerts.ts';
import { type CheckRow, listChecks } from '../../activity/daily-check/daily-check.ts';
import { Cursors } from '../page.ts';
import { route, routeWithoutTransaction } from '../route.ts';
import type { Services } from '../services.ts';

/** Registers alerts and the daily check. */
export function registerAlerts(app: FastifyInstance, services: Services): void {
  const cursors = new Cursors('alerts', z.uuid());

  route(app, services, operations.listAlerts, async ({ tx, query }) => {
    const after = cursors.read(query.cursor);
    const rows = await listAlerts(tx, { after, limit: query.limit + 1, state: query.state });
    const place = ({ first_at: at, id }: AlertRow) => ({ at, id });
    return { status: 200, body: cursors.page(rows, query.limit, place, toWire) };
  });

  route(app, services, operations.acknowledgeAlert, async ({ tx, principal, params }) => ({
    status: 200,
    body: toWire(await acknowledgeAlert(tx, principal, params.id)),
  }));

  route(app, services, operations.listChecks, async ({ tx }) => ({
    status: 200,
    body: { items: (await listChecks(tx)).map(toWireCheck) },
  }));

  // The whole database is read for it, which is no work for the caller's transaction.
  routeWithoutTransaction(app, services, operations.runChecks, async ({ principal }) => ({
    status: 200,
    body: { items: (await services.dailyCheck.run(principal.workspaceId)).map(toWireCheck) },
  }));
}

function toWire(row: AlertRow) {
  return {
    ...row,
    ...alertKinds[row.kind],
    details: { ...row.details },
    first_at: row.first_at.toISOString(),
    last_at: row.last_at.toISOString(),
    acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
    resolved_at: row.resolved_at?.toISOString() ?? null,
  };
}

function toWireCheck({ ran_at: ranAt, ...row }: CheckRow) {
  return { ...row, details: { ...row.details }, ran_at: ranAt.toISOString() };
}
