import { z } from 'zod';

/**
 * The file: a gzip of lines.
 *
 * The first is the header. Then each table's section: a line with its name, its rows as PostgreSQL's `COPY` writes them in text,
 * one a line, and a line `\.`, which no row can be. The last line is the manifest. `gunzip` shows all of it.
 */
export const FORMAT = 'greenroom-backup';

/** Version of the form that this code writes and reads. */
export const FORMAT_VERSION = 1;

/** Ends a table's rows. */
export const END_OF_ROWS = '\\.';

const Step = z.object({ number: z.int(), checksum: z.string() });

/** What the file is, and what it holds. */
export const Header = z.object({
  format: z.literal(FORMAT),
  version: z.int(),
  created_at: z.iso.datetime(),
  /** Version of Greenroom that wrote it. */
  greenroom: z.string(),
  /** Version of PostgreSQL that it was read from. */
  postgres: z.string(),
  /** Steps of the schema that the database had. */
  schema: z.array(Step),
  /** Ids of the master keys that its secrets are sealed under. The keys themselves are not in it. */
  master_key_ids: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), is_called: z.boolean() })),
});

/** A {@link Header}. */
export type Header = z.infer<typeof Header>;

/** Begins a table's section. */
export const SectionStart = z.object({ table: z.string() });

/** What was written, to be compared with what is read. */
export const Manifest = z.object({
  manifest: z.object({
    header_sha256: z.string(),
    tables: z.array(z.object({ name: z.string(), rows: z.int(), sha256: z.string() })),
  }),
});

/** A {@link Manifest}'s tables. */
export type TableSum = z.infer<typeof Manifest>['manifest']['tables'][number];
