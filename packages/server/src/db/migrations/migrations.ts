import { foundations } from './0001-foundations.ts';
import { workspaces } from './0002-workspaces.ts';
import { identity } from './0003-identity.ts';
import { activity } from './0004-activity.ts';
import { vault } from './0005-vault.ts';
import { accounts } from './0006-accounts.ts';
import { accountTokens } from './0007-account-tokens.ts';
import { idempotency } from './0008-idempotency.ts';
import { webhookEvents } from './0009-webhook-events.ts';
import { media } from './0010-media.ts';
import { posts } from './0011-posts.ts';
import { events } from './0012-events.ts';
import { limits } from './0013-limits.ts';
import { publishing } from './0014-publishing.ts';
import { webhooksOut } from './0015-webhooks-out.ts';
import { serviceLevels } from './0016-service-levels.ts';
import type { Migration } from './migration.ts';

/** All steps of the schema, in order. A released step is never edited; a new one gets the next number. */
export const migrations: readonly Migration[] = [
  foundations,
  workspaces,
  identity,
  activity,
  vault,
  accounts,
  accountTokens,
  idempotency,
  webhookEvents,
  media,
  posts,
  events,
  limits,
  publishing,
  webhooksOut,
  serviceLevels,
];
