import { z } from 'zod';

/** The chapters of `docs/configuration.md`, in its order. */
export const chapters = [
  'Address',
  'Database and data',
  'Master key',
  'TikTok',
  'Media',
  'Publishing',
  'Limits',
  'Retention',
  'Logs, metrics, traces',
  'Tests',
] as const;

/** What people must know of one key of the environment. */
export interface Setting {
  /** Name in the environment. */
  readonly key: string;
  /** Chapter of the documentation that it stands in. */
  readonly chapter: (typeof chapters)[number];
  /** What it does, in sentences. */
  readonly description: string;
  /** A value that works. */
  readonly example: string;
  /** What holds without it. */
  readonly without: string;
  /** Whether its value must not be printed. */
  readonly isSecret?: boolean;
}

/** Every setting by its schema: what is not in here is no setting. */
export const settings = z.registry<Setting>();

/** Declares a setting: what it takes, and what people must know of it. */
export function setting<Schema extends z.ZodType>(documented: Setting, schema: Schema): Schema {
  settings.add(schema, documented);
  return schema;
}
