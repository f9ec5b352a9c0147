import { ensureInstallationApp, getAppCredentials } from '../accounts/apps.ts';
import { TokenBroker } from '../accounts/broker/token-broker.ts';
import { masterKeySource } from '../accounts/vault/master-key-source.ts';
import { openVault } from '../accounts/vault/vault.ts';
import { DailyCheck } from '../activity/daily-check/daily-check.ts';
import { LogRedactions } from '../activity/daily-check/log-redactions.ts';
import type { Config } from '../config/config.ts';
import { Presence } from '../db/presence.ts';
import { LiveEvents } from '../events/live-events.ts';
import type { Services } from '../http/services.ts';
import type { Log } from '../logging/log.ts';
import { MediaService } from '../media/media-service.ts';
import { toBrokerMetrics } from '../metrics/broker-metrics.ts';
import { watchCircuits } from '../metrics/circuit-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { watchServiceLevels } from '../metrics/service-level-metrics.ts';
import { PublishingEngine } from '../publishing/engine/engine.ts';
import { Circuits } from '../publishing/limits/circuits.ts';
import { Ledger } from '../publishing/limits/ledger.ts';
import { WebhookSender } from '../webhooks/out/webhook-sender.ts';
import { Identity } from '../workspaces/identity.ts';
import type { Closers } from './closers.ts';
import type { OpenedDatabase } from './open-database.ts';

/** What the services are made of. */
export interface OpenServicesOptions {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly opened: OpenedDatabase;
  readonly closers: Closers;
}

/** How long a call of the server's own, such as for a name and a picture, waits for its slot. */
const SLOT_PATIENCE_MS = 2_000;

/**
 * Opens the vault and makes what the parts of the server work with.
 *
 * @throws {VaultError} If the master key is missing or wrong; nothing is changed then.
 */
export async function openServices(options: OpenServicesOptions): Promise<Services> {
  const { closers, config, log, metrics, opened } = options;
  const { database } = opened;
  const vault = await openVault({ database, masterKeys: masterKeySource(config) });
  const presence = await Presence.open({ url: opened.ownerUrl });
  closers.add(() => presence.close());
  const circuits = new Circuits({ database, log });
  closers.add(() => circuits.close());
  watchCircuits(metrics, circuits);
  watchServiceLevels(metrics, database);
  const ledger = new Ledger({
    database,
    clock: database.clock,
    circuits,
    log,
    onCall: (endpoint, outcome) => metrics.tiktokCalls.inc({ endpoint, outcome }),
  });
  const broker = new TokenBroker({
    database,
    vault,
    presence,
    getAppCredentials: (tx, appId) => getAppCredentials({ vault }, tx, appId),
    tiktokUrl: config.tiktokApiUrl,
    limiterFor: (use) => ledger.limiterFor(use, { patienceMs: SLOT_PATIENCE_MS }),
    metrics: toBrokerMetrics(metrics),
    log,
  });
  // Pairs that TikTok has answered are stored before the presence and the pool go.
  closers.add(() => broker.close());
  await ensureInstallationApp({ config, database, vault });
  const identity = new Identity({
    database,
    vault,
    publicUrl: config.publicUrl,
    signInAttemptsPerMinute: config.signInAttemptsPerMinute,
    passwordCost: config.passwordCost,
    onError: (message) => log.error({ part: 'identity' }, message),
  });
  const media = new MediaService({ config, database, presence });
  closers.add(() => media.close());
  const publishing = await PublishingEngine.open({
    database,
    databaseUrl: opened.ownerUrl,
    log,
    concurrency: config.publishConcurrency,
  });
  // What is under way is handed back while there are a pool and a broker.
  closers.add(() => publishing.close());
  const liveEvents = new LiveEvents({ database, url: opened.ownerUrl });
  closers.add(() => liveEvents.close());
  const redactions = new LogRedactions({ database, metrics });
  closers.add(() => redactions.close());
  const webhookSender = new WebhookSender({
    database,
    vault,
    clock: database.clock,
    privateAddresses: config.webhookPrivateAddresses,
    metrics,
    log,
  });
  closers.add(() => webhookSender.close());
  const dailyCheck = new DailyCheck({
    database,
    ownerUrl: opened.ownerUrl,
    publicUrl: config.publicUrl,
  });
  return {
    config,
    database,
    clock: database.clock,
    vault,
    broker,
    ledger,
    circuits,
    webhookSender,
    dailyCheck,
    liveEvents,
    media,
    publishing,
    identity,
    metrics,
    log,
  };
}
