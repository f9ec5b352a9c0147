import { z } from 'zod';

/** An instant, ISO 8601 in UTC. */
const Instant = z.string().meta({ format: 'date-time' });

/** Every refusal of the control API. */
export const RefusalSchema = z.object({ error: z.object({ message: z.string() }) });

/** The cursor of a list. */
export const AfterQuery = z.strictObject({
  /** The last `id` seen. */
  after: z.coerce.number().int().min(0).optional().meta({ description: 'The last `id` seen.' }),
});

const names = z.array(z.string().min(1).max(512)).max(1000);

/** A client key or a username. */
export const Name = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, dashes or underscores');

/** What can be said about an app; what is left out keeps its value, or a new app's default. */
export const AppInput = z.strictObject({
  client_secret: z.string().min(1).optional(),
  audited: z.boolean().optional(),
  scopes: names.optional(),
  /** At most 10, as TikTok takes them; on loopback a path of /* matches any path. */
  redirect_uris: z.array(z.string()).optional().meta({
    description: 'At most 10, as TikTok takes them; on loopback a path of /* matches any path.',
  }),
  verified_domains: names.optional(),
  verified_url_prefixes: names.optional(),
  /** https, or plain http on loopback; null: no webhooks. */
  webhook_url: z.string().nullable().optional().meta({
    description: 'https, or plain http on loopback; null: no webhooks.',
  }),
  sandbox: z.boolean().optional(),
  /** Usernames that a sandbox takes. */
  target_users: names.optional().meta({ description: 'Usernames that a sandbox takes.' }),
  /** Users who may post in 24 h; null: 5 while unaudited, no cap once audited. */
  active_user_cap: z.int().min(0).nullable().optional().meta({
    description: 'Users who may post in 24 h; null: 5 while unaudited, no cap once audited.',
  }),
});

/** An app. */
export const AppSchema = AppInput.required().extend({ client_key: Name });

/** What can be said about a creator; what is left out keeps its value, or a new creator's default. */
export const CreatorInput = z.strictObject({
  nickname: z.string().optional(),
  private_account: z.boolean().optional(),
  comment_disabled: z.boolean().optional(),
  duet_disabled: z.boolean().optional(),
  stitch_disabled: z.boolean().optional(),
  max_video_post_duration_sec: z.int().min(1).max(86_400).optional(),
  /** False: posts are refused with spam_risk_user_banned_from_posting. */
  can_post: z.boolean().optional().meta({
    description: 'False: posts are refused with spam_risk_user_banned_from_posting.',
  }),
  /** Replaces the documented list of privacy levels; null: the documented one. */
  privacy_level_options: z.array(z.string()).nullable().optional().meta({
    description: 'Replaces the documented list of privacy levels; null: the documented one.',
  }),
  /** Version of the TikTok app in use; photo drafts need 31.8. */
  app_version: z
    .string()
    .regex(/^\d+(\.\d+)*$/)
    .optional()
    .meta({
      description: 'Version of the TikTok app in use; photo drafts need 31.8.',
    }),
  bio_description: z.string().optional(),
  is_verified: z.boolean().optional(),
  follower_count: z.int().min(0).optional(),
  following_count: z.int().min(0).optional(),
});

/** A creator. */
export const CreatorSchema = CreatorInput.required().extend({ username: Name });

/** Something that a creator does in TikTok's own app. */
export const ActInput = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('post_inbox'),
    publish_id: z.string(),
    /** Posts made of the draft. */
    count: z.int().min(1).max(10).default(1).meta({ description: 'Posts made of the draft.' }),
    /** Chosen in the app; default: public where the account is. */
    privacy_level: z.string().optional().meta({
      description: 'Chosen in the app; default: public where the account is.',
    }),
  }),
  z.strictObject({ act: z.literal('discard_inbox'), publish_id: z.string() }),
  z.strictObject({ act: z.literal('make_public'), publish_id: z.string() }),
  z.strictObject({ act: z.literal('delete_post'), publish_id: z.string() }),
  z.strictObject({
    act: z.literal('disconnect'),
    client_key: z.string(),
    /** 1 disconnected, 2 account deleted, 3 age changed, 4 account banned. */
    reason: z.int().min(1).max(4).default(1).meta({
      description: '1 disconnected, 2 account deleted, 3 age changed, 4 account banned.',
    }),
  }),
]);

/** A post and what became of it. */
export const PostSchema = z.looseObject({
  id: z.int(),
  publish_id: z.string(),
  username: z.string(),
  client_key: z.string(),
  source: z.enum(['FILE_UPLOAD', 'PULL_FROM_URL']),
  media_type: z.enum(['VIDEO', 'PHOTO']),
  post_mode: z.enum(['DIRECT_POST', 'MEDIA_UPLOAD']),
  status: z.enum([
    'PROCESSING_UPLOAD',
    'PROCESSING_DOWNLOAD',
    'SEND_TO_USER_INBOX',
    'PUBLISH_COMPLETE',
    'FAILED',
  ]),
  fail_reason: z.string().nullable(),
  post_ids: z.array(z.string()),
  /** Bytes received. */
  bytes: z.int().min(0).meta({ description: 'Bytes received.' }),
  /** Hex digest of the bytes received, a list for photos; null until all are there. */
  sha256: z
    .union([z.string(), z.array(z.string())])
    .nullable()
    .meta({
      description: 'Hex digest of the bytes received, a list for photos; null until all are there.',
    }),
  /** What was asked. */
  post_info: z.record(z.string(), z.unknown()).meta({ description: 'What was asked.' }),
  /** What was asked. */
  source_info: z.record(z.string(), z.unknown()).meta({ description: 'What was asked.' }),
});

/** What an act changed. */
export const ActResult = z.looseObject({
  act: z.string(),
  username: z.string(),
  post: PostSchema.optional(),
});

/** TikTok's token answer. */
export const TokenAnswerSchema = z.object({
  access_token: z.string(),
  expires_in: z.int(),
  open_id: z.string(),
  refresh_expires_in: z.int(),
  refresh_token: z.string(),
  scope: z.string(),
  token_type: z.literal('Bearer'),
});

/** A request to TikTok's endpoints. */
export const RequestSchema = z.object({
  id: z.int(),
  time: Instant,
  app: z.string().nullable(),
  creator: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  /** null: the connection was cut. */
  status: z.int().nullable().meta({ description: 'null: the connection was cut.' }),
  code: z.string().nullable(),
  log_id: z.string(),
  /** The fault rule that was applied. */
  fault: z.int().nullable().meta({ description: 'The fault rule that was applied.' }),
});

/** A rule that a client broke. */
export const ViolationSchema = z.object({
  id: z.int(),
  time: Instant,
  rule: z.string(),
  document: z.string(),
  detail: z.string(),
  request: z.object({ method: z.string(), path: z.string(), log_id: z.string() }).nullable(),
});

/** An event that an app is to be sent. */
export const WebhookInput = z.strictObject({
  client_key: z.string(),
  event: z.string().min(1).max(200).meta({
    description: 'Any name: documented, retired (Video Kit, Data Portability) or made up.',
  }),
  username: z.string().optional().meta({
    description: 'Whose user_openid it carries; default: none, as in the portability example.',
  }),
  content: z.record(z.string(), z.json()).default({}).meta({
    description: 'Sent as a string: JSON in JSON.',
  }),
});

/** A webhook event and the attempts to deliver it. */
export const WebhookSchema = z.looseObject({
  id: z.int(),
  event: z.string(),
  client_key: z.string(),
  attempts: z.array(
    z.object({ time: Instant, status: z.int().nullable(), error: z.string().nullable() }),
  ),
});

/** Where the clock stands. */
export const ClockSchema = z.object({ now: Instant, frozen: z.boolean() });

/** How to move the clock: forward only. */
export const ClockInput = z
  .strictObject({
    advance_seconds: z.number().min(0).max(1e10).optional(),
    now: z.iso.datetime({ offset: true }).optional(),
    frozen: z.boolean().optional(),
  })
  .refine((input) => !(input.advance_seconds !== undefined && input.now !== undefined), {
    message: 'takes advance_seconds or now, not both',
  });

/** The whole state, to be given back to `PUT snapshot`. */
export const SnapshotSchema = z.looseObject({
  version: z.literal(1),
  sections: z.record(z.string(), z.unknown()),
});

/** A QR login, as its token names it. */
export const QrActInput = z.strictObject({
  act: z.enum(['scan', 'confirm', 'deny']),
  /** What the QR code shows: scan_qrcode_url with the client_ticket filled in. */
  scan_qrcode_url: z.string().meta({
    description: 'What the QR code shows: scan_qrcode_url with the client_ticket filled in.',
  }),
  /** Who confirms; needed to confirm. */
  username: z.string().optional().meta({ description: 'Who confirms; needed to confirm.' }),
  /** Granted; default: all asked. */
  scopes: z.array(z.string()).optional().meta({ description: 'Granted; default: all asked.' }),
});
