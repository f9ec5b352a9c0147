import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, Instant, pageOf, pageQuery } from '../schemas/common.ts';

const ActorKind = z.enum(['person', 'api_key', 'system', 'tiktok']);

const ActivityEntrySchema = z
  .object({
    id: z.string(),
    at: Instant,
    actor: z.object({ kind: ActorKind, id: z.string() }),
    action: z.string(),
    words: z.string().meta({ description: 'What was done, in a sentence.' }),
    account_id: Id.nullable(),
    subject_id: z.string().nullable(),
    reason: z.string().meta({ description: 'Why it was done.' }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ActivityEntry', description: 'Something that was done, by whom and why.' });

/** Operations on the audit log. */
export const activityOperations = {
  /** Lists what was done in the workspace, newest first. */
  listActivity: operation({
    id: 'listActivity',
    method: 'GET',
    path: '/activity',
    summary: 'Lists what was done in the workspace, newest first.',
    query: z.strictObject({
      ...pageQuery,
      account_id: Id.optional(),
      action: z.string().min(1).max(100).optional(),
      actor_kind: ActorKind.optional(),
      actor_id: z.string().min(1).max(100).optional(),
      since: Instant.optional().meta({ description: 'From this instant on, inclusive.' }),
      until: Instant.optional().meta({ description: 'Up to this instant, exclusive.' }),
    }),
    answers: { 200: pageOf(ActivityEntrySchema) },
    problems: [],
  }),
};
