import type { MediaType, PostMode, PostState } from '@greenroom/contract';
import type { ColumnType, Generated } from 'kysely';
import type { ActorKind } from '../activity/record.ts';
import type { Publications } from '../publishing/follow/publications.ts';

/** A moment that the database sets when it is left out. */
type GeneratedInstant = ColumnType<Date, Date | undefined, Date>;

/** Facts of a state's reason: codes, ids, numbers and instants. Never a text, a token or an address. */
export interface StateDetails {
  readonly [fact: string]: string | number | boolean | null | (string | number)[];
}

/** Who agreed to the declaration of a post, when, and the text that was shown. */
export interface Consent {
  /** `person:…` or `api_key:…`. */
  readonly by: string;
  /** In ISO 8601. */
  readonly at: string;
  /** The literal text. */
  readonly declaration: string;
}

/** Step of an attempt that a post is in while it is `publishing`. */
type PublishPhase = 'preflight' | 'init' | 'transfer';
/** Who can see a published post. */
export type Visibility = 'pending' | 'public' | 'private' | 'removed';

/** Row of `posts`: a post, what it is made with, and where it is in its life. */
export interface PostsTable {
  id: string;
  workspace_id: string;
  account_id: string;
  /** Grows with each edit. */
  version: Generated<number>;
  /** Changed by `movePost` only. */
  state: PostState;
  state_reason: string | null;
  state_details: Generated<StateDetails>;
  state_changed_at: GeneratedInstant;

  media_type: MediaType;
  post_mode: PostMode;
  title: Generated<string>;
  description: Generated<string>;
  privacy_level: string | null;
  disable_comment: boolean | null;
  disable_duet: boolean | null;
  disable_stitch: boolean | null;
  /** The switch above the two boxes; null: as the boxes say. */
  commercial_disclosure: boolean | null;
  brand_organic_toggle: boolean | null;
  brand_content_toggle: boolean | null;
  is_aigc: Generated<boolean>;
  auto_add_music: Generated<boolean>;
  video_cover_timestamp_ms: number | null;
  photo_cover_index: Generated<number>;
  consent: Consent | null;

  /** Null: at once. */
  publish_at: Date | null;
  /** While queued: not before this. */
  not_before: Date | null;
  /** While queued: why not before that. */
  wait_reason: string | null;
  content_hash: Buffer | null;

  attempt_id: string | null;
  attempts: Generated<number>;
  phase: PublishPhase | null;
  bytes_total: number | null;
  bytes_confirmed: Generated<number>;
  publish_id: string | null;
  visibility: Visibility | null;
  post_ids: Generated<string[]>;
  /** What TikTok said last of each public id, by the id. */
  publications: Generated<Publications>;
  /** When a person asked to cancel what TikTok pulls. */
  cancel_asked_at: Date | null;
  next_poll_at: Date | null;
  polls: Generated<number>;
  queued_at: Date | null;
  fenced_at: Date | null;
  ended_at: Date | null;

  created_by_kind: ActorKind;
  created_by_id: string;
  import_id: string | null;
  created_at: GeneratedInstant;
  updated_at: GeneratedInstant;
}

/** Row of `post_media`: a piece of media of a post, ours or at somebody else's address. */
export interface PostMediaTable {
  post_id: string;
  workspace_id: string;
  position: number;
  media_id: string | null;
  url: string | null;
}

/** Row of `attempts`: one init whose effect is accepted or ambiguous. */
export interface AttemptsTable {
  id: string;
  workspace_id: string;
  post_id: string;
  account_id: string;
  number: number;
  source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  /** `open`: it may still act. `ended`: it never acts again. */
  state: Generated<'open' | 'ended'>;
  /** Why it ended. */
  outcome: string | null;
  created_at: GeneratedInstant;
  init_sent_at: Date | null;
  init_answered_at: Date | null;
  publish_id: string | null;
  upload_sealed: Buffer | null;
  upload_expires_at: Date | null;
  bytes_confirmed: Generated<number>;
  /** From here on it can post. */
  fence_at: Date | null;
  error_code: string | null;
  log_id: string | null;
  ended_at: Date | null;
  /** The run that the attempt obeys. */
  runner: string | null;
  /** How often it was begun, or gone on with. */
  runs: Generated<number>;
  /** Open, and to be gone on with then. */
  resume_at: Date | null;
}
