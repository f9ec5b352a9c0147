import { sweepConnections } from '../accounts/connections.ts';
import { sweepDisplays } from '../accounts/refresh-display.ts';
import { watchCauses, watchEvents } from '../activity/alerts/watch-events.ts';
import { sweepActivity } from '../activity/sweep.ts';
import { inInstallation } from '../db/database.ts';
import { deleteOldEvents } from '../events/delete-old-events.ts';
import { deleteExpiredIdempotencyKeys } from '../http/idempotency.ts';
import type { Services } from '../http/services.ts';
import {
  deleteOldMediaUrls,
  sweepAbandoned,
  sweepOrphans,
  sweepUnchecked,
} from '../media/sweep-media.ts';
import { QUEUE_DUE_INTERVAL_MS, QUEUE_DUE_LIMIT, queueDuePosts } from '../posts/queue-due.ts';
import {
  sweepAbandonedAttempts,
  sweepClocks,
  sweepForgotten,
  sweepResting,
  sweepStartable,
  takeOverSweep,
} from '../publishing/attempt/sweep-attempts.ts';
import { sweepPolls } from '../publishing/follow/sweep-polls.ts';
import { sweepLimits } from '../publishing/limits/sweep-limits.ts';
import { deleteOldEvents as deleteOldWebhookEvents } from '../webhooks/delete-old-events.ts';
import { fanOutEvents } from '../webhooks/out/fan-out.ts';
import { sweepWebhookEvents } from '../webhooks/sweep-webhook-events.ts';
import { sweepPeople } from '../workspaces/sweep-people.ts';
import type { Sweep } from './sweeper.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Rows that one round takes at most: a round is short, and the next one goes on where it ended. */
const PORTION = 1000;

/** Everything that is done again and again, by processes of role `all` and `worker`; any number of them at once. */
export function listSweeps(services: Services): readonly Sweep[] {
  const { broker, config, database } = services;
  return [
    {
      name: 'token-refresh',
      intervalMs: 5 * SECOND,
      run: async (signal) => {
        const { claimed } = await broker.sweep({ limit: PORTION, signal });
        return claimed === PORTION;
      },
    },
    {
      name: 'due-posts',
      intervalMs: QUEUE_DUE_INTERVAL_MS,
      run: async (signal) => {
        const { due } = await queueDuePosts(services, { limit: QUEUE_DUE_LIMIT, signal });
        return due === QUEUE_DUE_LIMIT;
      },
    },
    {
      name: 'webhook-events',
      intervalMs: SECOND,
      run: async (signal) => {
        const { claimed } = await sweepWebhookEvents(services, { limit: 100, signal });
        return claimed === 100;
      },
    },
    {
      name: 'start-attempts',
      intervalMs: 250,
      run: (signal) => sweepStartable(services, { limit: 100, signal }),
    },
    { name: 'take-over', intervalMs: SECOND / 2, run: takeOverSweep(services) },
    {
      name: 'resting-attempts',
      intervalMs: SECOND,
      run: (signal) => sweepResting(services, { limit: 100, signal }),
    },
    {
      name: 'abandoned-attempts',
      intervalMs: 30 * SECOND,
      run: (signal) => sweepAbandonedAttempts(services, { limit: PORTION, signal }),
    },
    {
      name: 'forgotten-attempts',
      intervalMs: 5 * SECOND,
      run: () => sweepForgotten(services),
    },
    { name: 'clocks', intervalMs: 5 * SECOND, run: () => sweepClocks(services) },
    {
      name: 'old-workflows',
      intervalMs: 10 * MINUTE,
      run: async () => (await services.publishing.deleteOld(PORTION)) === PORTION,
    },
    {
      name: 'polls',
      intervalMs: SECOND / 2,
      run: (signal) => sweepPolls(services, { limit: 100, signal }),
    },
    {
      name: 'old-webhook-events',
      intervalMs: HOUR,
      run: async () => {
        const retentionDays = config.webhookRetentionDays;
        return (
          (await deleteOldWebhookEvents(database, { retentionDays, limit: PORTION })) === PORTION
        );
      },
    },
    {
      name: 'webhook-fan-out',
      intervalMs: SECOND,
      run: (signal) => fanOutEvents(services, signal),
    },
    {
      name: 'webhook-deliveries',
      intervalMs: SECOND,
      run: (signal) => services.webhookSender.run(signal),
    },
    {
      name: 'alerts',
      intervalMs: 2 * SECOND,
      run: (signal) => watchEvents(services, signal),
    },
    {
      name: 'alert-causes',
      intervalMs: MINUTE,
      run: (signal) => watchCauses(database, signal),
    },
    {
      name: 'daily-check',
      intervalMs: HOUR,
      run: (signal) => services.dailyCheck.sweep(signal),
    },
    {
      name: 'old-events',
      intervalMs: HOUR,
      run: async () => {
        const retentionDays = config.eventRetentionDays;
        return (await deleteOldEvents(database, { retentionDays, limit: PORTION })) === PORTION;
      },
    },
    {
      name: 'account-display',
      intervalMs: MINUTE,
      run: async (signal) => {
        const { claimed } = await sweepDisplays(services, { limit: 50, signal });
        return claimed === 50;
      },
    },
    {
      name: 'media-unchecked',
      intervalMs: 30 * SECOND,
      run: async (signal) => (await sweepUnchecked(services, { limit: 10, signal })) === 10,
    },
    {
      name: 'media-abandoned',
      intervalMs: 10 * MINUTE,
      run: async () => (await sweepAbandoned(services, { limit: 100 })) === 100,
    },
    {
      name: 'media-orphans',
      intervalMs: 6 * HOUR,
      run: async (signal) => {
        await sweepOrphans(services, { signal });
        return false;
      },
    },
    {
      name: 'media-addresses',
      intervalMs: HOUR,
      run: async () => (await deleteOldMediaUrls(services, { limit: PORTION })) === PORTION,
    },
    {
      name: 'connections',
      intervalMs: HOUR,
      run: async () => (await sweepConnections(services, { limit: PORTION })) === PORTION,
    },
    {
      name: 'idempotency-keys',
      intervalMs: 10 * MINUTE,
      run: async () => {
        const deleted = await inInstallation(database, (tx) =>
          deleteExpiredIdempotencyKeys(tx, { limit: PORTION }),
        );
        return deleted === PORTION;
      },
    },
    {
      name: 'activity-months',
      intervalMs: HOUR,
      run: async () => {
        await sweepActivity(database, { retentionDays: config.activityRetentionDays });
        return false;
      },
    },
    {
      name: 'limits',
      intervalMs: 10 * MINUTE,
      run: () => sweepLimits(database, { limit: PORTION }),
    },
    {
      name: 'sessions',
      intervalMs: 10 * MINUTE,
      run: async () => {
        await sweepPeople(database);
        return false;
      },
    },
  ];
}
