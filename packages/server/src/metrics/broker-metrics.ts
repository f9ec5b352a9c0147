import type { BrokerMetrics } from '../accounts/broker/broker-metrics.ts';
import type { Metrics } from './metrics.ts';

/** Counts what the token broker tells. */
export function toBrokerMetrics(metrics: Metrics): BrokerMetrics {
  return {
    handedOut: () => metrics.tokenHandouts.inc({ outcome: 'given' }),
    refused: (code) => metrics.tokenHandouts.inc({ outcome: code }),
    refreshEnded: ({ ageSeconds, outcome, seconds }) => {
      metrics.tokenRefreshes.inc({ outcome });
      metrics.tokenRefreshSeconds.observe(seconds);
      if (outcome === 'refreshed') metrics.tokenRefreshAge.observe(ageSeconds);
    },
  };
}
