import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { CatalogueTable } from './catalogue.ts';

/** A column, as far as a value for it has to be made up. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly isNeeded: boolean;
  /** Table that it refers to. */
  readonly refers: string | null;
}

/** A row that was made up. */
type Row = Readonly<Record<string, unknown>>;

/**
 * Fills tables that it knows only from the catalogue: each needed column gets a value of its type that the
 * constraints allow, and references lead to rows of the same workspace.
 */
export class TableFiller {
  readonly #client: pg.ClientBase;
  readonly #rows = new Map<string, Row>();

  /** @param client - A connection of the owner, which row-level security lets pass. */
  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Puts one row of the workspace into the table; `null`: of the installation. */
  async fill(table: CatalogueTable, workspaceId: string | null): Promise<void> {
    const row = await this.#insert(table.name, workspaceId, table.bounds);
    this.#rows.set(keyOf(table.name, workspaceId), row);
  }

  async #insert(table: string, workspaceId: string | null, bounds: string | null): Promise<Row> {
    const columns = await this.#columnsOf(table);
    const allowed = await this.#allowedValues(table);
    const values: Record<string, unknown> = {};
    for (const column of columns) {
      if (column.name === 'workspace_id' || (table === 'workspaces' && column.name === 'id')) {
        values[column.name] = workspaceId;
      } else if (bounds !== null && column.type === 'timestamp with time zone') {
        values[column.name] = instantWithin(bounds);
      } else if (column.isNeeded || NEEDED.has(`${table}.${column.name}`)) {
        values[column.name] = column.refers
          ? await this.#referred(column.refers, workspaceId)
          : (allowed.get(column.name) ?? makeUp(table, column));
      }
    }
    return this.#store(table, values);
  }

  async #store(table: string, values: Row): Promise<Row> {
    const names = Object.keys(values);
    const places = names.map((_, index) => `$${index + 1}`);
    const { rows } = await this.#client.query<Row>(
      `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) returning *`,
      Object.values(values),
    );
    return rows[0] ?? {};
  }

  /** Key of a row in the table referred to: the workspace's own, made where there is none yet. */
  async #referred(table: string, workspaceId: string | null): Promise<unknown> {
    if (table === 'workspaces') return workspaceId;
    const key = keyOf(table, workspaceId);
    const row = this.#rows.get(key) ?? (await this.#insert(table, workspaceId, null));
    this.#rows.set(key, row);
    // Every key that something refers to is the first column of its table.
    return Object.values(row)[0];
  }

  async #columnsOf(table: string): Promise<Column[]> {
    const { rows } = await this.#client.query<Column>(
      `select a.attname as name, format_type(a.atttypid, null) as type,
         a.attnotnull and not a.atthasdef and a.attidentity = '' as "isNeeded",
         (select c.confrelid::regclass::text from pg_constraint c
          where c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum] limit 1) as refers
       from pg_attribute a
       where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`,
      [table],
    );
    return rows;
  }

  /** The first value of each column that a check allows only some values of. */
  async #allowedValues(table: string): Promise<Map<string, string>> {
    const { rows } = await this.#client.query<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint
       where conrelid = $1::regclass and contype = 'c'`,
      [table],
    );
    const matches = rows.flatMap(({ definition }) => [...definition.matchAll(ALLOWED)]);
    return new Map(matches.map(([, column = '', value = '']) => [column, value]));
  }
}

/** `(role = ANY (ARRAY['owner'::text, …` */
const ALLOWED = /(\w+) = ANY \(\(?ARRAY\['([^']+)'/g;

/** Columns of which a check wants one, though each by itself may be left out. */
const NEEDED: ReadonlySet<string> = new Set([
  'post_media.media_id',
  'webhook_endpoints.secret_sealed',
]);

/** What a check wants that is no list of values. */
const MADE_UP: Readonly<Record<string, () => unknown>> = {
  'domain_proofs.file_name': () => `tiktok${randomBytes(8).toString('hex')}.txt`,
  'post_media.position': () => randomInt(0, 35),
};

function keyOf(table: string, workspaceId: string | null): string {
  return `${table} ${workspaceId}`;
}

/** An instant that a partition takes; the default one takes what is far from every month. */
function instantWithin(bounds: string): string {
  return /FROM \('([^']+)'\)/.exec(bounds)?.[1] ?? '1999-01-01T00:00:00Z';
}

function makeUp(table: string, { name, type }: Column): unknown {
  const own = MADE_UP[`${table}.${name}`];
  if (own !== undefined) return own();
  switch (type) {
    case 'uuid':
      return randomUUID();
    case 'text':
      return randomBytes(8).toString('hex');
    case 'bytea':
      return randomBytes(32);
    case 'smallint':
    case 'integer':
    case 'bigint':
      return randomInt(1, 30_000);
    case 'boolean':
      return false;
    case 'date':
    case 'timestamp with time zone':
      return new Date();
    case 'jsonb':
      return {};
    default:
      if (type.endsWith('[]')) return [];
      throw new Error(
        `No value is made up for ${table}.${name} of type ${type}: teach fill-tables.ts`,
      );
  }
}
