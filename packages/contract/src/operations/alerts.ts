import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, pageOf, pageQuery } from '../schemas/common.ts';

const AlertSchema = z
  .object({
    id: Id,
    kind: z.string(),
    words: z.string(),
    remedy: z.string(),
    account_id: Id.nullable(),
    post_id: Id.nullable(),
    details: z.record(z.string(), z.unknown()),
    occurrences: z.int().meta({ description: 'How often it happened while the alert was open.' }),
    first_at: Instant,
    last_at: Instant,
    acknowledged_at: Instant.nullable(),
    acknowledged_by: z.string().nullable(),
    resolved_at: Instant.nullable(),
  })
  .meta({ id: 'Alert', description: 'Something that needs attention, or needed it.' });

const CheckSchema = z
  .object({
    name: z.string(),
    is_ok: z.boolean(),
    words: z.string(),
    details: z.record(z.string(), z.unknown()),
    ran_at: Instant,
  })
  .meta({ id: 'Check', description: 'What a check found when it last ran.' });

const Checks = z.object({ items: z.array(CheckSchema) });

/** Operations on alerts and on the daily check. */
export const alertOperations = {
  /** Lists alerts, the latest begun first. */
  listAlerts: operation({
    id: 'listAlerts',
    method: 'GET',
    path: '/alerts',
    summary: 'Lists alerts, the latest begun first.',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(['open', 'resolved', 'all']).default('open'),
    }),
    answers: { 200: pageOf(AlertSchema) },
    problems: [],
  }),
  /** Says that somebody has seen an alert. It stays open until its cause is gone. */
  acknowledgeAlert: operation({
    id: 'acknowledgeAlert',
    method: 'POST',
    path: '/alerts/{id}/acknowledge',
    summary: 'Says that somebody has seen an alert. It stays open until its cause is gone.',
    params: IdParams,
    answers: { 200: AlertSchema },
    problems: [],
  }),
  /** Shows what the checks found when they last ran. */
  listChecks: operation({
    id: 'listChecks',
    method: 'GET',
    path: '/checks',
    summary: 'Shows what the checks found when they last ran.',
    answers: { 200: Checks },
    problems: [],
  }),
  /** Runs the checks now; they run once a day by themselves. */
  runChecks: operation({
    id: 'runChecks',
    method: 'POST',
    path: '/checks',
    summary: 'Runs the checks now; they run once a day by themselves.',
    answers: { 200: Checks },
    problems: [],
  }),
};
