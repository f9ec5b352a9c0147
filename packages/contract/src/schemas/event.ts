import { z } from 'zod';
import { Id, Instant } from './common.ts';

/** Something that happened, as live updates and webhooks tell it. */
export const EventSchema = z
  .object({
    id: z.string().meta({ description: 'Grows with time, within a workspace nearly always.' }),
    type: z.string().meta({
      description: 'One of the documented types; more may come.',
      example: 'post.created',
    }),
    at: Instant,
    post_id: Id.nullable(),
    account_id: Id.nullable(),
    attempt_id: Id.nullable(),
    details: z.record(z.string(), z.unknown()).meta({
      description: 'Ids, codes, numbers and TikTok’s log ids; by the type.',
    }),
  })
  .meta({ id: 'Event', description: 'Something that happened.' });

/** Something that happened, as live updates and webhooks tell it. */
export type GreenroomEvent = z.output<typeof EventSchema>;
