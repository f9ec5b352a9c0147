import type { Services } from '../http/services.ts';
import { Sweeper } from './sweeper.ts';
import { listSweeps } from './sweeps.ts';

/** Where the clock is moved nobody waits for hours: a moved clock wakes all sweeps, and this finds what it did not make due. */
const TEST_INTERVAL_MS = 2_000;

/** Starts the sweeps of this process; none in role `web`. */
export function startSweepers(services: Services): readonly Sweeper[] {
  const { config, log, metrics } = services;
  if (config.role === 'web') return [];
  const sweepers = listSweeps(services).map((sweep) => {
    const intervalMs = config.isTestMode
      ? Math.min(TEST_INTERVAL_MS, sweep.intervalMs)
      : sweep.intervalMs;
    return new Sweeper({ ...sweep, intervalMs }, { log, metrics });
  });
  for (const sweeper of sweepers) sweeper.start();
  return sweepers;
}
