import type { ImportRow } from '@greenroom/contract';

/** What a column's cells hold: a word is trimmed, a text stays as it is, a list has ` | ` between its entries. */
export type ColumnKind = 'word' | 'text' | 'list' | 'boolean' | 'number';

/** The columns of a CSV file: the fields of a row, in the order in which an export writes them. */
export const columns = {
  account: 'word',
  media: 'list',
  media_type: 'word',
  post_mode: 'word',
  title: 'text',
  description: 'text',
  privacy_level: 'word',
  disable_comment: 'boolean',
  disable_duet: 'boolean',
  disable_stitch: 'boolean',
  commercial_disclosure: 'boolean',
  brand_organic_toggle: 'boolean',
  brand_content_toggle: 'boolean',
  is_aigc: 'boolean',
  auto_add_music: 'boolean',
  video_cover_timestamp_ms: 'number',
  photo_cover_index: 'number',
  publish_at: 'word',
  time_zone: 'word',
} as const satisfies Record<keyof ImportRow, ColumnKind>;

/** Name of a column. */
export type Column = keyof typeof columns;

/** The names of the columns, in the order of an export. */
// The keys of the table are its columns; Object.keys widens them to string.
export const columnNames = Object.keys(columns) as readonly Column[];

/** Between the entries of a list. A file name that holds it must be named by its id instead. */
export const LIST_SEPARATOR = '|';
