import { z } from 'zod';
import { Id, Instant } from './common.ts';

/** Where a post is in its life. */
export const PostState = z
  .enum([
    'draft',
    'held',
    'scheduled',
    'queued',
    'publishing',
    'processing',
    'in_inbox',
    'published',
    'unknown',
    'failed',
    'canceled',
  ])
  .meta({ id: 'PostState', description: 'Where a post is in its life.' });

/** Where a post is in its life. */
export type PostState = z.output<typeof PostState>;

/** Whether a post is a video or a series of photos; TikTok's `media_type`. */
export const MediaType = z.enum(['VIDEO', 'PHOTO']);

/** Whether a post is a video or a series of photos; TikTok's `media_type`. */
export type MediaType = z.output<typeof MediaType>;

/** Whether TikTok posts at once, or puts a draft into the creator's inbox; TikTok's `post_mode`. */
export const PostMode = z.enum(['DIRECT_POST', 'MEDIA_UPLOAD']);

/** Whether TikTok posts at once, or puts a draft into the creator's inbox; TikTok's `post_mode`. */
export type PostMode = z.output<typeof PostMode>;

/** Who may see a post; one of the creator's `privacy_level_options` of just now. */
const PrivacyLevel = z.enum([
  'PUBLIC_TO_EVERYONE',
  'MUTUAL_FOLLOW_FRIENDS',
  'FOLLOWER_OF_CREATOR',
  'SELF_ONLY',
]);

/** A piece of media in a post: one of ours, or one on somebody else's address. */
const PostMediaInput = z
  .union([
    z.strictObject({ media_id: Id }),
    z.strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .max(2048)
        .meta({
          description:
            'Somebody else’s address under a domain verified for the app. It has no fence: if TikTok’s answer is lost, a person must look.',
        }),
    }),
  ])
  .meta({ id: 'PostMediaRef', description: 'A piece of media: ours by id, or an address.' });

/** Explicit choices; `null`: not chosen. TikTok's names, so `disable_comment: true` forbids comments. */
const choices = {
  privacy_level: PrivacyLevel.nullable(),
  disable_comment: z.boolean().nullable(),
  disable_duet: z.boolean().nullable(),
  disable_stitch: z.boolean().nullable(),
  commercial_disclosure: z.boolean().nullable().meta({
    description:
      'The switch above the two boxes that follow: whether the post promotes anything. `null`: as the boxes say.',
  }),
  brand_organic_toggle: z.boolean().nullable().meta({ description: '“Your brand”.' }),
  brand_content_toggle: z.boolean().nullable().meta({ description: '“Branded content”.' }),
};

const texts = {
  title: z.string().meta({ description: 'Caption of a video; short title of photos.' }),
  description: z.string().meta({ description: 'Text of photos; videos have none.' }),
};

const settings = {
  is_aigc: z.boolean(),
  auto_add_music: z.boolean(),
  video_cover_timestamp_ms: z.int().min(0).max(2_147_483_647).nullable(),
  photo_cover_index: z.int().min(0).max(34),
};

/** What a post is made with, beside its account. */
const content = {
  media_type: MediaType,
  post_mode: PostMode,
  media: z.array(PostMediaInput).max(35),
  title: texts.title.max(4000),
  description: texts.description.max(8000),
  ...choices,
  ...settings,
  publish_at: Instant.nullable().meta({ description: '`null`: at once.' }),
};

/** What a post is made with. */
export const PostInput = z
  .strictObject({
    account_id: Id,
    ...content,
    post_mode: content.post_mode.default('DIRECT_POST'),
    media: content.media.default([]),
    title: content.title.default(''),
    description: content.description.default(''),
    privacy_level: choices.privacy_level.default(null),
    disable_comment: choices.disable_comment.default(null),
    disable_duet: choices.disable_duet.default(null),
    disable_stitch: choices.disable_stitch.default(null),
    commercial_disclosure: choices.commercial_disclosure.default(null),
    brand_organic_toggle: choices.brand_organic_toggle.default(null),
    brand_content_toggle: choices.brand_content_toggle.default(null),
    is_aigc: settings.is_aigc.default(false),
    auto_add_music: settings.auto_add_music.default(false),
    video_cover_timestamp_ms: settings.video_cover_timestamp_ms.default(null),
    photo_cover_index: settings.photo_cover_index.default(0),
    publish_at: content.publish_at.default(null),
  })
  .meta({ id: 'NewPost', description: 'What a post is made with.' });

/** What of a post is to be changed; what is left out stays as it is. */
export const PostPatch = z.strictObject(content).partial();

/** What a person agreed to: the literal declaration that the posting screen showed. */
export const ConsentInput = z
  .strictObject({
    declaration: z.string().min(1).max(500).meta({
      description:
        'The declaration as it was shown, for instance `By posting, you agree to TikTok’s Music Usage Confirmation` with a straight apostrophe; `required_declaration` of a validation gives it.',
    }),
  })
  .meta({ id: 'ConsentInput', description: 'What a person agreed to when scheduling.' });

/** Something about a post that keeps it from going out, or that a person should know. */
export const PostProblemSchema = z
  .object({
    code: z.string(),
    pointer: z.string().meta({ description: 'JSON pointer to the field, or empty.' }),
    words: z.string(),
    remedy: z.string().nullable(),
    is_blocking: z.boolean(),
  })
  .meta({ id: 'PostProblem', description: 'A finding about a post.' });

/** Why a post is in its state, and what to do. */
const ReasonSchema = z
  .object({
    code: z.string(),
    words: z.string(),
    remedy: z.string().nullable(),
    whose_move: z.enum(['nobody', 'you', 'creator', 'developer', 'tiktok']),
    log_id: z.string().nullable(),
  })
  .meta({ id: 'PostReason', description: 'Why a post is in its state, in words.' });

/** A post. */
export const PostSchema = z
  .object({
    id: Id,
    account_id: Id,
    version: z.int(),
    state: PostState,
    reason: ReasonSchema.nullable(),
    state_changed_at: Instant,
    wait: z
      .object({
        code: z.string(),
        words: z.string(),
        remedy: z.string().nullable(),
        until: Instant.nullable(),
      })
      .nullable()
      .meta({ description: 'What it waits for at the moment, in words.' }),
    media_type: MediaType,
    post_mode: PostMode,
    media: z.array(
      z.object({
        media_id: Id.nullable(),
        url: z.string().nullable(),
        file_name: z.string().nullable(),
        size: z.int().nullable(),
      }),
    ),
    ...texts,
    ...choices,
    ...settings,
    consent: z.object({ by: z.string(), at: Instant, declaration: z.string() }).nullable().meta({
      description: 'Who agreed, when, to what; `null`: nobody, or not to the present choices.',
    }),
    publish_at: Instant.nullable(),
    not_before: Instant.nullable().meta({ description: 'While queued: not before this.' }),
    phase: z.enum(['preflight', 'init', 'transfer']).nullable(),
    bytes_total: z.int().nullable(),
    bytes_confirmed: z.int(),
    attempts: z.int(),
    publish_id: z.string().nullable(),
    visibility: z.enum(['pending', 'public', 'private', 'removed']).nullable(),
    post_ids: z.array(z.string()).meta({ description: 'Ids of public posts, as strings.' }),
    post_urls: z.array(z.string()),
    created_by: z.string(),
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: 'Post', description: 'A post, with its state in words.' });

/** What a validation found. */
export const ValidationSchema = z
  .object({
    is_ready: z.boolean().meta({ description: 'Whether it could be scheduled as it is.' }),
    problems: z.array(PostProblemSchema),
    required_declaration: z.string().nullable().meta({
      description: 'The literal text that a person must have seen; `null` for drafts to the inbox.',
    }),
  })
  .meta({ id: 'PostValidation', description: 'What a validation found.' });
