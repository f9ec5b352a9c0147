import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { applySettings } from '../emulator.ts';
import { ControlError } from './control-error.ts';
import { given } from './given.ts';
import { handleOperation } from './handle-operation.ts';
import { toClock } from './time.ts';

/** State, settings, faults, requests and violations. */
export function registerLists(app: FastifyInstance, emulator: Emulator): void {
  const { faults, ledger, settings, violations } = emulator;
  handleOperation(app, 'getState', () => ({
    dialect: settings.dialect,
    clock: toClock(emulator),
    settings,
    counts: countAll(emulator),
  }));
  handleOperation(app, 'patchSettings', ({ body }) => {
    applySettings(emulator, given(body));
    return settings;
  });
  handleOperation(app, 'addFault', ({ body }) => faults.add(body));
  handleOperation(app, 'listFaults', () => ({ faults: [...faults.list()] }));
  handleOperation(app, 'deleteFault', ({ params }) => {
    if (faults.delete(Number(params['id']))) return;
    throw new ControlError(404, `There is no fault rule ${params['id']}.`);
  });
  handleOperation(app, 'listRequests', ({ query }) => ({ requests: ledger.list(query.after) }));
  handleOperation(app, 'listViolations', ({ query }) => ({
    violations: violations.ring.list(query.after),
  }));
}

function countAll({
  counts,
  faults,
  ledger,
  store,
  violations,
  work,
  clock,
}: Emulator): Record<string, number> {
  return {
    apps: store.apps.size,
    creators: store.creators.size,
    access_tokens: store.tokens.access.size,
    posts: store.posts.size,
    videos: store.videos.size,
    requests: ledger.total,
    violations: violations.ring.total,
    faults: faults.list().length,
    under_way: work.pending,
    due: clock.due,
    ...Object.fromEntries([...counts].map(([name, count]) => [name, count()])),
  };
}
