import type pg from 'pg';
import { SEALED_OVERHEAD, SEALED_VERSION } from './sealed-form.ts';

/** A column that holds what must not be there. */
export interface UnsealedFinding {
  /** Schema and name of the table. */
  readonly table: string;
  /** Name of the column. */
  readonly column: string;
  /** `not_sealed`: a value of a sealed column has another form. `plaintext`: a token or an `upload_url` stands in the open. */
  readonly kind: 'not_sealed' | 'plaintext';
  /** How many rows. */
  readonly rows: number;
}

/**
 * Looks through every column of every table for secrets in the open: the tables come from the catalogue,
 * so that one which is added later is not forgotten. Reads each table once, from end to end.
 *
 * @param client - A connection of the owner: the application's role does not see all rows.
 * @param publicUrl - Where this server serves media: addresses of others are no secrets of ours.
 * @throws If row-level security hides rows from the connection, for then nothing found would mean nothing.
 */
export async function findUnsealed(
  client: Pick<pg.ClientBase, 'query'>,
  publicUrl: string,
): Promise<UnsealedFinding[]> {
  const { rows: columns } = await client.query<Column>(COLUMNS);
  const hidden = columns.find((column) => column.is_hidden);
  if (hidden !== undefined) {
    throw new Error(`Row-level security hides rows of ${hidden.table}: connect as the owner`);
  }
  const findings: UnsealedFinding[] = [];
  const plaintext = plaintextAt(publicUrl);
  const searched = columns.filter(({ column, table }) => !USERS_TEXTS.has(`${table}.${column}`));
  for (const [table, own] of Map.groupBy(searched, (column) => column.table)) {
    findings.push(...(await searchTable(client, table, own, plaintext)));
  }
  return findings;
}

/** A column that can hold text or bytes. */
interface Column {
  /** Ready to stand in a statement. */
  readonly table: string;
  /** Ready to stand in a statement. */
  readonly quoted: string;
  readonly column: string;
  readonly is_bytes: boolean;
  readonly is_hidden: boolean;
}

// Partitions are tables of their own. Categories: array, string, composite, and those without one (bytea, json).
const COLUMNS = `
select format('%I.%I', n.nspname, c.relname) as "table", format('%I', a.attname) as quoted,
  a.attname as "column", t.oid = 'bytea'::regtype as is_bytes, row_security_active(c.oid) as is_hidden
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
where a.attnum > 0 and not a.attisdropped and t.typcategory in ('A', 'S', 'C', 'U', 'X')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
order by 1, a.attnum`;

// TikTok's prefixes with what looks like the rest of a token: not "contact.person", nor a host such as act.example.com.
// Bytes are searched in PostgreSQL's escaped form, where a byte that is no letter may be three octal digits.
const plaintextAt = (publicUrl: string) =>
  [
    String.raw`(^|[^A-Za-z0-9_]|\\[0-7]{3})(act|rft|clt)\.[A-Za-z0-9_.!*~%-]{16}`,
    'upload_token=',
    String.raw`open-upload[a-z0-9.-]*\.tiktokapis\.com/`,
    // Our own: secrets of webhooks, and addresses that media is pulled from. Of those a hash is kept.
    'whsec_[A-Za-z0-9+/]{32}',
    `${publicUrl.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/media/[A-Za-z0-9_-]{40}`,
  ].join('|');

/** What people write, of which any may look like a secret of somebody's: nothing of ours is ever put there. */
const USERS_TEXTS: ReadonlySet<string> = new Set([
  'public.posts.title',
  'public.posts.description',
  'public.post_media.url',
  'public.webhook_endpoints.url',
  'public.webhook_endpoints.description',
]);

async function searchTable(
  client: Pick<pg.ClientBase, 'query'>,
  table: string,
  columns: readonly Column[],
  plaintext: string,
): Promise<UnsealedFinding[]> {
  const checks = columns.flatMap((column) => toChecks(column));
  const counts = checks.map(
    ({ condition }, at) => `count(*) filter (where ${condition}) as c${at}`,
  );
  const { rows } = await client.query<Record<string, string | number>>(
    `select ${counts.join(', ')} from ${table}`,
    [plaintext],
  );
  return checks.flatMap(({ column, kind }, at) => {
    const count = Number(rows[0]?.[`c${at}`]);
    return count === 0 ? [] : [{ table, column, kind, rows: count }];
  });
}

interface Check extends Pick<UnsealedFinding, 'column' | 'kind'> {
  readonly condition: string;
}

function toChecks({ column, quoted, is_bytes }: Column): Check[] {
  const text = is_bytes ? `encode(${quoted}, 'escape')` : `${quoted}::text`;
  const checks: Check[] = [{ column, kind: 'plaintext', condition: `${text} ~ $1` }];
  if (!column.endsWith('_sealed') && column !== 'wrapped') return checks;
  const version = SEALED_VERSION.toString(16).padStart(2, '0');
  const isSealed = is_bytes
    ? `length(${quoted}) >= ${SEALED_OVERHEAD} and substring(${quoted} from 1 for 1) = '\\x${version}'::bytea`
    : 'false';
  // What is null holds nothing.
  const condition = `${quoted} is not null and not (${isSealed})`;
  return [...checks, { column, kind: 'not_sealed', condition }];
}
