import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, Instant } from '../schemas/common.ts';
import { MediaType, PostMode } from '../schemas/post.ts';

const ForecastEntry = z
  .object({
    post_id: Id.nullable(),
    account_id: Id,
    wanted_at: Instant,
    goes_out_at: Instant.nullable().meta({
      description: '`null`: not within seven days of the wanted moment, or not without a person.',
    }),
    reasons: z
      .array(z.object({ code: z.string(), words: z.string(), until: Instant.nullable() }))
      .meta({ description: 'Why not sooner, in the order in which they bind.' }),
  })
  .meta({ id: 'ForecastEntry', description: 'When a post can go out, and why not sooner.' });

const CircuitSchema = z
  .object({
    subject: z.string().meta({ description: '`tiktok`, or the id of an account.' }),
    state: z.enum(['closed', 'open', 'half_open']),
    failures: z.int(),
    last_error: z.string().nullable(),
    retry_at: Instant.nullable(),
    changed_at: Instant,
  })
  .meta({ id: 'Circuit', description: 'Whether calls go out, or wait for TikTok to return.' });

/** Operations on limits and on how publishing goes. */
export const publishingOperations = {
  /** Says when posts can go out, and why not sooner. */
  forecastPosts: operation({
    id: 'forecastPosts',
    method: 'POST',
    path: '/forecast',
    summary: 'Says when posts can go out, and why not sooner.',
    description:
      'For posts that exist, by id, and for posts that are only thought of. All that is queued or scheduled already is taken into account. Nothing is stored.',
    bodyBytes: 4 * 1024 * 1024,
    body: z.strictObject({
      post_ids: z.array(Id).max(10_000).default([]),
      posts: z
        .array(
          z.strictObject({
            account_id: Id,
            media_type: MediaType.default('VIDEO'),
            post_mode: PostMode.default('DIRECT_POST'),
            publish_at: Instant.nullable().default(null),
          }),
        )
        .max(10_000)
        .default([]),
    }),
    answers: { 200: z.object({ items: z.array(ForecastEntry) }) },
    problems: [],
  }),
  /** Shows how publishing goes: circuits, queues, service levels. */
  getPublishing: operation({
    id: 'getPublishing',
    method: 'GET',
    path: '/publishing',
    summary: 'Shows how publishing goes: circuits, queues, service levels.',
    answers: {
      200: z
        .object({
          circuits: z.array(CircuitSchema),
          posts: z.record(z.string(), z.int()).meta({
            description: 'Posts by state; of those that are over, the last 24 hours’.',
          }),
          oldest_due_at: Instant.nullable().meta({
            description: 'Since when the post that is due longest waits for its turn.',
          }),
          service_levels: z.array(
            z.object({
              name: z.string(),
              words: z.string(),
              value: z.number().nullable(),
              objective: z.number(),
              holds: z.boolean().nullable(),
              samples: z.int(),
            }),
          ),
        })
        .meta({ id: 'Publishing', description: 'How publishing goes.' }),
    },
    problems: [],
  }),
};
