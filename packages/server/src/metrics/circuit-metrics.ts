import { Gauge } from 'prom-client';
import type { Circuits } from '../publishing/limits/circuits.ts';
import type { Metrics } from './metrics.ts';

/** Shows where the circuits stand: read when somebody asks, at most once a second. */
export function watchCircuits(metrics: Metrics, circuits: Pick<Circuits, 'list'>): void {
  new Gauge({
    name: 'greenroom_circuits',
    help: 'Circuits that keep calls from TikTok (tiktok) or for an account, by state',
    labelNames: ['kind', 'state'],
    registers: [metrics.registry],
    async collect() {
      const rows = await readOrNothing(circuits);
      if (rows === undefined) return this.reset();
      for (const kind of ['tiktok', 'account'] as const) {
        const own = rows.filter(({ subject }) => (subject === 'tiktok') === (kind === 'tiktok'));
        for (const state of ['open', 'half_open'] as const) {
          this.set({ kind, state }, own.filter((row) => row.state === state).length);
        }
      }
    },
  });
}

/** While the database is away nobody knows, and the other metrics are to be read all the more. */
async function readOrNothing(circuits: Pick<Circuits, 'list'>) {
  try {
    return await circuits.list();
  } catch {
    return undefined;
  }
}
