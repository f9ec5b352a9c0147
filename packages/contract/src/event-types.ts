import { z } from 'zod';
import { Id, Instant } from './schemas/common.ts';
import { PostState } from './schemas/post.ts';

const code = z.string();

/** Facts beside those that are named: codes, ids and numbers of one reason. Never a text, a token or an address. */
const FurtherFact = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string(), z.number()])),
]);

/**
 * Everything that Greenroom tells of by live updates and to webhook endpoints, with what each event carries. Details
 * are ids, codes, numbers and TikTok's log ids; the thing itself is read from the API by its id.
 *
 * `is_live_only`: too frequent for webhooks, which leave it out.
 */
export const eventTypes = {
  'post.created': {
    words: 'A post was made.',
    details: z.object({ state: PostState }),
  },
  'post.updated': {
    words: 'A post was changed by a person or a program.',
    details: z.object({ version: z.int(), fields: z.array(z.string()) }),
  },
  'post.deleted': {
    words: 'A post was deleted.',
    details: z.object({ post_id: Id }),
  },
  'post.state_changed': {
    words: 'A post went from one state to another.',
    details: z.object({ from: PostState, to: PostState, reason: code }).catchall(FurtherFact),
  },
  'post.waits': {
    words: 'A post waits, and says for what.',
    details: z.object({ reason: code, until: Instant.nullable() }).catchall(FurtherFact),
  },
  'post.visibility_changed': {
    words: 'Who can see a published post has changed, or its public ids are known.',
    details: z.object({
      visibility: z.enum(['pending', 'public', 'private', 'removed']),
      post_ids: z.array(z.string()),
    }),
  },
  'post.contradicted': {
    words:
      'TikTok said something of a post that does not go with its state: that it was posted after it had failed, for instance. Somebody should look into the account.',
    details: z.object({
      state: PostState,
      says: code,
      by: code,
      is_present_attempt: z.boolean(),
      log_id: z.string().nullable(),
    }),
  },
  'post.progress': {
    words: 'Bytes of a post were confirmed by TikTok.',
    isLiveOnly: true,
    details: z.object({ phase: z.string(), bytes_confirmed: z.int(), bytes_total: z.int() }),
  },
  'media.ready': {
    words: 'A file arrived whole and may be posted.',
    details: z.object({ media_id: Id }),
  },
  'media.refused': {
    words: 'A file arrived that cannot be posted.',
    details: z.object({ media_id: Id, reason: code }),
  },
  'account.connected': {
    words: 'An account was connected, or connected again.',
    details: z.object({ is_reconnected: z.boolean() }),
  },
  'account.state_changed': {
    words: 'An account works, needs to be connected again, or was disconnected.',
    details: z.object({ to: code, reason: code }),
  },
  'alert.raised': {
    words: 'Something needs attention.',
    details: z.object({ alert_id: Id, kind: code }),
  },
  'alert.resolved': {
    words: 'What an alert told of is over.',
    details: z.object({ alert_id: Id, kind: code }),
  },
} as const satisfies Record<string, EventKind>;

/** What is said of one type of event. */
export interface EventKind {
  /** What happened, in a sentence. */
  readonly words: string;
  /** Told by live updates only. */
  readonly isLiveOnly?: true;
  /** What it carries. */
  readonly details: z.ZodObject;
}

/** Type of an event that Greenroom tells of. */
export type EventType = keyof typeof eventTypes;
