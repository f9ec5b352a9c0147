import type { OnWarning } from './warnings.ts';

// What goes to TikTok. Each function below gives a copy in TikTok's own form and reports each
// change; each row is one of section 13 of the wire reference.

const COVER = 'video_cover_timestamp_ms';
const INBOX_SOURCE = /^(source|video_size|chunk_size|total_chunk_count|video_url)$/;

type Fields = Readonly<Record<string, unknown>>;

/** Values as seed documents, and one table of TikTok's, spell them: row and official form. */
const VALUES: Readonly<Record<string, readonly [row: number, officialForm: string]>> = {
  PRIVATE: [16, 'SELF_ONLY'],
  FRIENDS_ONLY: [17, 'MUTUAL_FOLLOW_FRIENDS'],
  UPLOAD: [23, 'MEDIA_UPLOAD'],
  'DIRECT POST': [23, 'DIRECT_POST'],
};

/** Puts the body of a direct video init into TikTok's form (rows 16, 17 and 20). */
export function toOfficialVideoInit<T extends { post_info: object; source_info: object }>(
  body: T,
  onWarning?: OnWarning,
): T {
  const { [COVER]: cover, ...source_info }: Fields = { ...body.source_info };
  const post_info = toOfficialFields(body.post_info, 'privacy_level', onWarning, 'post_info.');
  if (cover === undefined) return { ...body, post_info };
  warn(onWarning, 20, `source_info.${COVER}`, COVER, `post_info.${COVER}`);
  return { ...body, post_info: { [COVER]: cover, ...post_info }, source_info };
}

/** Keeps of the body of an inbox init what TikTok knows: its `source_info` (rows 20 and 21). */
export function toOfficialInboxInit<T extends { source_info: object }>(
  { source_info: source, ...extras }: T,
  onWarning?: OnWarning,
): Pick<T, 'source_info'> {
  for (const field of Object.keys(extras)) warn(onWarning, 21, field, field, 'left out');
  const source_info: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(source)) {
    if (INBOX_SOURCE.test(field)) source_info[field] = value;
    else warn(onWarning, field === COVER ? 20 : 21, `source_info.${field}`, field, 'left out');
  }
  // Fields were only taken away that the type of a source does not have.
  return { source_info: source_info as T['source_info'] };
}

/** Puts the body of a photo init into TikTok's form (rows 16, 17 and 23). */
export function toOfficialPhotoInit<T extends { post_mode: string; post_info: object }>(
  body: T,
  onWarning?: OnWarning,
): T {
  const post_info = toOfficialFields(body.post_info, 'privacy_level', onWarning, 'post_info.');
  return toOfficialFields({ ...body, post_info }, 'post_mode', onWarning);
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

/** Copies an object with the official form of one of its values. */
function toOfficialFields<T extends object>(
  object: T,
  field: string,
  onWarning: OnWarning | undefined,
  where = '',
): T {
  // Any object may be looked at by name; a field that it lacks is no value of the table.
  const value = String((object as Fields)[field]);
  const [row, officialForm] = Object.hasOwn(VALUES, value) ? (VALUES[value] ?? []) : [];
  if (row === undefined || officialForm === undefined) return object;
  warn(onWarning, row, where + field, value, officialForm);
  return { ...object, [field]: officialForm };
}

function warn(
  onWarning: OnWarning | undefined,
  row: number,
  field: string,
  seedForm: string,
  officialForm: string,
): void {
  const message = `${field}: TikTok does not know ${seedForm}; instead: ${officialForm}`;
  onWarning?.({ kind: 'seed_form', row, field, seedForm, officialForm, message });
}
