import { z } from 'zod';
import { operation } from '../operation.ts';
import { Id, IdParams, Instant, pageOf, pageQuery } from '../schemas/common.ts';
import {
  ConsentInput,
  PostInput,
  PostPatch,
  PostSchema,
  PostState,
  ValidationSchema,
} from '../schemas/post.ts';

const Version = z
  .int()
  .min(1)
  .meta({ description: 'The version that was seen; another one answers 409.' });

/** Asks for a duplicate to be made all the same. */
const AllowDuplicate = z.boolean().default(false).meta({
  description: 'Confirms that the same media and caption go to the same account again within 24 h.',
});

/** Whether TikTok is asked now. */
const CheckCreator = z.boolean().default(true).meta({
  description:
    'Asks TikTok now what the creator may do, so that a choice that is not allowed is refused at once. `false`, for programs that schedule many: only right before the post is sent.',
});

const ScheduleInput = z.strictObject({
  version: Version.optional(),
  /** When; `null`: at once. Left out: as the post says. */
  publish_at: Instant.nullable().optional(),
  consent: ConsentInput.optional(),
  allow_duplicate: AllowDuplicate,
  check_creator: CheckCreator,
});

const TimelineEntry = z
  .object({
    id: z.string(),
    at: Instant,
    type: z.string(),
    attempt: z.int().nullable(),
    words: z.string(),
    remedy: z.string().nullable(),
    whose_move: z.string().nullable(),
    log_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry', description: 'Something that happened to a post.' });

const STATE_PROBLEMS = ['post-state', 'version-mismatch'] as const;

/** Operations on posts. */
export const postOperations = {
  /** Makes a post: a draft, or with `schedule` one that goes out. */
  createPost: operation({
    id: 'createPost',
    method: 'POST',
    path: '/posts',
    summary: 'Makes a post: a draft, or with `schedule` one that goes out.',
    description:
      'With `schedule`, a post without complete choices and consent becomes `held` and waits for a person; it is never guessed. An API key needs the scope `posts:publish` for it.',
    body: PostInput.extend({ schedule: ScheduleInput.omit({ version: true }).optional() }),
    answers: { 201: PostSchema },
    problems: ['post-invalid', 'post-duplicate'],
    creates: true,
  }),
  /** Lists posts, newest first. */
  listPosts: operation({
    id: 'listPosts',
    method: 'GET',
    path: '/posts',
    summary: 'Lists posts, newest first.',
    query: z.strictObject({
      ...pageQuery,
      state: PostState.optional(),
      account_id: Id.optional(),
      publish_from: Instant.optional(),
      publish_to: Instant.optional(),
    }),
    answers: { 200: pageOf(PostSchema) },
    problems: [],
  }),
  /** Shows a post. */
  getPost: operation({
    id: 'getPost',
    method: 'GET',
    path: '/posts/{id}',
    summary: 'Shows a post.',
    params: IdParams,
    answers: { 200: PostSchema },
    problems: [],
  }),
  /** Changes a post that waits for a person or for its moment, or that has failed. */
  updatePost: operation({
    id: 'updatePost',
    method: 'PATCH',
    path: '/posts/{id}',
    summary: 'Changes a post that waits for a person or for its moment, or that has failed.',
    description:
      'In the states `draft`, `held`, `scheduled` and `failed`. A change of media, texts or choices takes the consent away, unless a new one comes with it. A scheduled post that is no longer valid becomes `held`. An API key without the scope `posts:publish` can give no consent, and move no scheduled post.',
    params: IdParams,
    body: PostPatch.extend({
      version: Version,
      consent: ConsentInput.optional(),
      allow_duplicate: AllowDuplicate,
    }),
    answers: { 200: PostSchema },
    problems: ['post-invalid', 'post-duplicate', ...STATE_PROBLEMS],
  }),
  /** Deletes a post that was never tried. */
  deletePost: operation({
    id: 'deletePost',
    method: 'DELETE',
    path: '/posts/{id}',
    summary: 'Deletes a post that was never tried.',
    description:
      'In the states `draft`, `held` and `canceled`, as long as it had no attempt: what may have reached TikTok stays to be explained.',
    params: IdParams,
    answers: { 204: null },
    problems: STATE_PROBLEMS,
  }),
  /** Says what keeps a post from going out, without storing anything. */
  validatePost: operation({
    id: 'validatePost',
    method: 'POST',
    path: '/posts/validate',
    summary: 'Says what keeps a post from going out, without storing anything.',
    description: 'Asks TikTok what the creator may do right now.',
    body: PostInput,
    answers: { 200: ValidationSchema },
    problems: ['post-invalid'],
  }),
  /** Schedules a draft or held post. */
  schedulePost: operation({
    id: 'schedulePost',
    method: 'POST',
    path: '/posts/{id}/schedule',
    summary: 'Schedules a draft or held post, or moves a scheduled one.',
    params: IdParams,
    body: ScheduleInput,
    answers: { 200: PostSchema },
    problems: ['post-invalid', 'post-duplicate', ...STATE_PROBLEMS],
  }),
  /** Cancels a post, as long as it cannot have been posted. */
  cancelPost: operation({
    id: 'cancelPost',
    method: 'POST',
    path: '/posts/{id}/cancel',
    summary: 'Cancels a post, as long as it cannot have been posted.',
    params: IdParams,
    answers: { 200: PostSchema },
    problems: STATE_PROBLEMS,
  }),
  /** Sends a failed post again, as a person wishes it. */
  retryPost: operation({
    id: 'retryPost',
    method: 'POST',
    path: '/posts/{id}/retry',
    summary: 'Sends a failed post again, as a person wishes it.',
    params: IdParams,
    body: z.strictObject({
      version: Version.optional(),
      consent: ConsentInput.optional(),
      allow_duplicate: AllowDuplicate,
    }),
    answers: { 200: PostSchema },
    problems: ['post-invalid', 'post-duplicate', ...STATE_PROBLEMS],
  }),
  /** Says what became of a post whose outcome is unknown. */
  resolvePost: operation({
    id: 'resolvePost',
    method: 'POST',
    path: '/posts/{id}/resolve',
    summary: 'Says what became of a post whose outcome is unknown, after looking at the account.',
    params: IdParams,
    body: z.strictObject({
      outcome: z.enum(['posted', 'not_posted', 'send_again']),
      attempts: z.int().min(0).max(1_000_000).meta({
        description:
          'How many attempts the post had when somebody looked at the account. After another one it is refused: what was seen says nothing of that.',
      }),
      post_id: z
        .string()
        .regex(/^\d{1,20}$/)
        .optional()
        .meta({ description: 'Id of the public post, where there is one.' }),
    }),
    answers: { 200: PostSchema },
    problems: ['post-invalid', ...STATE_PROBLEMS],
  }),
  /** Everything that happened to a post, oldest first. */
  getPostTimeline: operation({
    id: 'getPostTimeline',
    method: 'GET',
    path: '/posts/{id}/timeline',
    summary: 'Everything that happened to a post, oldest first.',
    params: IdParams,
    query: z.strictObject(pageQuery),
    answers: { 200: pageOf(TimelineEntry) },
    problems: [],
  }),
};
