import type { TokenBroker } from '../accounts/broker/token-broker.ts';
import type { Vault } from '../accounts/vault/vault.ts';
import type { DailyCheck } from '../activity/daily-check/daily-check.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../db/clock.ts';
import type { Database } from '../db/database.ts';
import type { LiveEvents } from '../events/live-events.ts';
import type { Log } from '../logging/log.ts';
import type { MediaService } from '../media/media-service.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PublishingEngine } from '../publishing/engine/engine.ts';
import type { Circuits } from '../publishing/limits/circuits.ts';
import type { Ledger } from '../publishing/limits/ledger.ts';
import type { WebhookSender } from '../webhooks/out/webhook-sender.ts';
import type { Identity } from '../workspaces/identity.ts';

/** What the HTTP side works with. Each part adds its own service here, by its class. */
export interface Services {
  /** How the installation is set up. */
  readonly config: Config;
  /** The pool and tenant scope. */
  readonly database: Database;
  /** The one clock. */
  readonly clock: Clock;
  /** Seals and opens what must not be read. */
  readonly vault: Vault;
  /** Hands out tokens, and keeps them fresh. */
  readonly broker: TokenBroker;
  /** Delivers the users' webhooks. */
  readonly webhookSender: WebhookSender;
  /** Looks whether what must hold of secrets, keys and scopes holds. */
  readonly dailyCheck: DailyCheck;
  /** Wakes whoever listens to what happens. */
  readonly liveEvents: LiveEvents;
  /** Knows what TikTok lets us do: calls a minute, posts a day. */
  readonly ledger: Ledger;
  /** Leaves TikTok alone while it does not answer. */
  readonly circuits: Circuits;
  /** Keeps the bytes of videos and photos, and looks into them. */
  readonly media: MediaService;
  /** Sees to it that every attempt is worked on until it ends. */
  readonly publishing: PublishingEngine;
  /** People, passwords and browser sessions. */
  readonly identity: Identity;
  /** Where things are told that an operator should know. */
  readonly log: Log;
  /** What is counted. */
  readonly metrics: Metrics;
}
