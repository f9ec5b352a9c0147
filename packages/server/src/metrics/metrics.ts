import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Everything that is counted, by the subject; `GET /metrics` prints it. */
export interface Metrics {
  /** Registry that all of them are in. */
  readonly registry: Registry;
  /** Answered requests, by method, route template and status. */
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  /** Uses of access tokens, by what became of them: `given`, or the code of the refusal. */
  readonly tokenHandouts: Counter<'outcome'>;
  /** Attempts to refresh, by what became of them: `refreshed`, `delayed`, `refused`, `superseded`. */
  readonly tokenRefreshes: Counter<'outcome'>;
  /** How long a refresh took, from its claim to what was stored. */
  readonly tokenRefreshSeconds: Histogram;
  /** How old a pair was when a refresh replaced it. */
  readonly tokenRefreshAge: Histogram;
  /** Rounds of each sweep, by what became of it: `done`, `failed`. */
  readonly sweeps: Counter<'sweep' | 'outcome'>;
  /** How long a round took. */
  readonly sweepSeconds: Histogram<'sweep'>;
  /** When a sweep last came through, in seconds of Unix time. */
  readonly sweepLastDone: Gauge<'sweep'>;
  /** Calls of TikTok's API, by endpoint and what became of them: `ok`, `refused`, `away`, `unsent`. */
  readonly tiktokCalls: Counter<'endpoint' | 'outcome'>;
  /** TikTok's events, by their name and what became of them: `received`, `repeated`, `processed`, `later`, `failed`. */
  readonly webhookEvents: Counter<'event' | 'outcome'>;
  /** Lines of the log out of which something was taken that looked like a secret. */
  readonly logRedactions: Counter;
  /** Tries to deliver webhooks out, by what they came to: `delivered`, `retried`, `failed`, `superseded`. */
  readonly webhookDeliveries: Counter<'outcome'>;
}

const HOURS = [0.25, 0.5, 1, 2, 4, 8, 16, 24, 48, 24 * 7, 24 * 30, 24 * 365].map(
  (hours) => hours * 3600,
);
const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Makes the metrics of one server. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Its timer never ends, and a delay that matters is seen by one every 100 ms as well as by one every 10.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'greenroom_http_request_seconds',
      help: 'Duration of answered requests',
      labelNames: ['method', 'route', 'status'],
      buckets: FAST,
      registers,
    }),
    tokenHandouts: new Counter({
      name: 'greenroom_token_handouts_total',
      help: 'Uses of access tokens by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    tokenRefreshes: new Counter({
      name: 'greenroom_token_refreshes_total',
      help: 'Token refreshes by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    tokenRefreshSeconds: new Histogram({
      name: 'greenroom_token_refresh_seconds',
      help: 'Duration of a refresh, from its claim to what was stored',
      buckets: FAST,
      registers,
    }),
    tokenRefreshAge: new Histogram({
      name: 'greenroom_token_refresh_age_seconds',
      help: 'Age of a pair of tokens when a refresh replaced it',
      buckets: HOURS,
      registers,
    }),
    sweeps: new Counter({
      name: 'greenroom_sweeps_total',
      help: 'Rounds of each sweep by outcome',
      labelNames: ['sweep', 'outcome'],
      registers,
    }),
    sweepSeconds: new Histogram({
      name: 'greenroom_sweep_seconds',
      help: 'Duration of a round of a sweep',
      labelNames: ['sweep'],
      buckets: FAST,
      registers,
    }),
    sweepLastDone: new Gauge({
      name: 'greenroom_sweep_last_done_timestamp_seconds',
      help: 'Unix time at which a sweep last came through',
      labelNames: ['sweep'],
      registers,
    }),
    logRedactions: new Counter({
      name: 'greenroom_log_redactions_total',
      help: 'Lines of the log out of which something was taken that looked like a secret',
      registers,
    }),
    webhookDeliveries: new Counter({
      name: 'greenroom_webhook_deliveries_total',
      help: 'Tries to deliver webhooks out by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    tiktokCalls: new Counter({
      name: 'greenroom_tiktok_calls_total',
      help: "Calls of TikTok's API by endpoint and outcome",
      labelNames: ['endpoint', 'outcome'],
      registers,
    }),
    webhookEvents: new Counter({
      name: 'greenroom_webhook_events_total',
      help: "TikTok's events by name and outcome",
      labelNames: ['event', 'outcome'],
      registers,
    }),
  };
}

/** What a pool of connections tells of itself. */
export interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Shows a pool: its figures are read when somebody asks. */
export function watchPool(metrics: Metrics, pool: PoolFigures): void {
  new Gauge({
    name: 'greenroom_database_connections',
    help: 'Connections of the pool, and callers that wait for one',
    labelNames: ['state'],
    registers: [metrics.registry],
    collect() {
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'waiting' }, pool.waitingCount);
    },
  });
}
