import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { SnapshotError } from '../snapshot/parse-section.ts';
import { loadSnapshot, saveSnapshot } from '../snapshot/snapshot.ts';
import { ControlError } from './control-error.ts';
import { handleOperation } from './handle-operation.ts';

/** `GET snapshot`, `PUT snapshot` and `POST reset`. */
export function registerSnapshots(
  app: FastifyInstance,
  emulator: Emulator,
  reset: () => Promise<void>,
): void {
  handleOperation(app, 'reset', reset);
  handleOperation(app, 'getSnapshot', async () => ({ ...(await saveSnapshot(emulator)) }));
  handleOperation(app, 'putSnapshot', async ({ body }) => {
    try {
      await loadSnapshot(emulator, body);
    } catch (error) {
      if (error instanceof SnapshotError) throw new ControlError(400, error.message);
      throw error;
    }
    return { ...(await saveSnapshot(emulator)) };
  });
}
