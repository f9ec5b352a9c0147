import type { OnWarning } from './warnings.ts';

// What goes to TikTok. Each function below gives a copy in TikTok's own form and reports each
// change; each row is one of section 13 of the wire reference.

/** `privacy_level` as seed documents spell it (rows 16 and 17). */
const PRIVACY_LEVELS: Aliases = {
  PRIVATE: [16, 'SELF_ONLY'],
  FRIENDS_ONLY: [17, 'MUTUAL_FOLLOW_FRIENDS'],
};

/** `post_mode` as seed documents, and one table of TikTok's, spell it (row 23). */
const POST_MODES: Aliases = {
  UPLOAD: [23, 'MEDIA_UPLOAD'],
  'DIRECT POST': [23, 'DIRECT_POST'],
};

const COVER = 'video_cover_timestamp_ms';
const INBOX_SOURCE_FIELDS = [
  'source',
  'video_size',
  'chunk_size',
  'total_chunk_count',
  'video_url',
];

type Aliases = Readonly<Record<string, readonly [row: number, officialForm: string]>>;
type Fields = Readonly<Record<string, unknown>>;

/** Puts the body of a direct video init into TikTok's form (rows 16, 17 and 20). */
export function toOfficialVideoInit<T extends { post_info: object; source_info: object }>(
  body: T,
  onWarning: OnWarning = ignore,
): T {
  const post = officialPostInfo(body.post_info, onWarning);
  const source: Record<string, unknown> = { ...body.source_info };
  if (COVER in source) {
    warn(onWarning, 20, `source_info.${COVER}`, COVER, `post_info.${COVER}`);
    post[COVER] ??= source[COVER];
    delete source[COVER];
  }
  return { ...body, post_info: post, source_info: source };
}

/** Keeps of the body of an inbox init what TikTok knows: its `source_info` (rows 20 and 21). */
export function toOfficialInboxInit<T extends { source_info: object }>(
  body: T,
  onWarning: OnWarning = ignore,
): Pick<T, 'source_info'> {
  for (const field of Object.keys(body)) {
    if (field !== 'source_info') warn(onWarning, 21, field, field, 'source_info only');
  }
  const source: Record<string, unknown> = { ...body.source_info };
  for (const field of Object.keys(source)) {
    if (INBOX_SOURCE_FIELDS.includes(field)) continue;
    warn(onWarning, field === COVER ? 20 : 21, `source_info.${field}`, field, 'left out');
    delete source[field];
  }
  // Fields were only taken away that the type of a source does not have.
  return { source_info: source as T['source_info'] };
}

/** Puts the body of a photo init into TikTok's form (rows 16, 17 and 23). */
export function toOfficialPhotoInit<T extends { post_mode: string; post_info?: object }>(
  body: T,
  onWarning: OnWarning = ignore,
): T {
  const post_mode = officialValue(POST_MODES, 'post_mode', body.post_mode, onWarning);
  if (body.post_info === undefined) return { ...body, post_mode };
  return { ...body, post_mode, post_info: officialPostInfo(body.post_info, onWarning) };
}

/** Puts a `privacy_level` into TikTok's form (rows 16 and 17); what is unknown stays as it is. */
export function toOfficialPrivacyLevel<T>(level: T, onWarning: OnWarning = ignore): T {
  return officialValue(PRIVACY_LEVELS, 'post_info.privacy_level', level, onWarning);
}

// What comes from TikTok, or from a stand-in for it that was written after the seed documents.

const STATUSES: Readonly<Record<string, string>> = {
  POSTED: 'PUBLISH_COMPLETE',
  UPLOAD_FAILED: 'FAILED',
};
const PROCESSING = ['PROCESSING', 'SUBMITTED', 'POSTING'];

/** The spellings of the field that holds a post's public ids, TikTok's own first (row 41). */
export const PUBLIC_POST_ID_FIELDS: readonly string[] = [
  'publicaly_available_post_id',
  'publicly_available_post_id',
  'publiclyAvailablePostId',
  'publicalyAvailablePostId',
];

/** Reads the status of a post in TikTok's words (rows 38 to 40); what is unknown stays as it is. */
export function toOfficialStatus(fields: Fields): string {
  const status = String(fields['status']);
  if (!PROCESSING.includes(status)) return STATUSES[status] ?? status;
  return 'downloaded_bytes' in fields ? 'PROCESSING_DOWNLOAD' : 'PROCESSING_UPLOAD';
}

/** Reads `like_count` of a user as what TikTok calls `likes_count` (row 50). */
export function toOfficialUser<T extends object>(user: T): T {
  if (!('like_count' in user)) return user;
  const { like_count, ...rest } = user;
  // The field that is left out is none of a user's, and the one put in is.
  return { likes_count: like_count, ...rest } as unknown as T;
}

function officialPostInfo(postInfo: object, onWarning: OnWarning): Record<string, unknown> {
  const post: Record<string, unknown> = { ...postInfo };
  if ('privacy_level' in post) {
    post['privacy_level'] = toOfficialPrivacyLevel(post['privacy_level'], onWarning);
  }
  return post;
}

function officialValue<T>(aliases: Aliases, field: string, value: T, onWarning: OnWarning): T {
  if (typeof value !== 'string' || !Object.hasOwn(aliases, value)) return value;
  const alias = aliases[value];
  if (alias === undefined) return value;
  warn(onWarning, alias[0], field, value, alias[1]);
  // Both are strings; that the official one is of the field's type is what the tables say.
  return alias[1] as T;
}

function warn(
  onWarning: OnWarning,
  row: number,
  field: string,
  seedForm: string,
  officialForm: string,
): void {
  const message = `${field}: TikTok does not know ${seedForm}; used instead: ${officialForm}`;
  onWarning({ kind: 'seed_form', row, field, seedForm, officialForm, message });
}

function ignore(): void {}
