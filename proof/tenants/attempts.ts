import type pg from 'pg';
import { codeOf } from '../../packages/server/src/db/errors.ts';
import type { CatalogueTable } from '../../packages/server/test/support/catalogue.ts';
import { isShared, type Rehearsal, type RehearsedReference } from './rehearsal-database.ts';

/** What one workspace can see of a table, and do to another's rows in it. */
export interface Findings {
  /** Rows of the own workspace that it sees. */
  readonly own: number;
  /** Rows of another workspace, or of the installation where these are not shared, that it sees. */
  readonly foreign: number;
  /** Rows of any workspace that are seen when no workspace is set. */
  readonly seenInNone: number;
  /** Writes across the border that were tried. */
  readonly tried: number;
  /** Those that changed or made a row, or came as far as the table's own constraints. */
  readonly done: readonly string[];
}

/** Tries everything on a table as one workspace. Every attempt is rolled back. */
export async function tryTable(
  rehearsal: Rehearsal,
  table: CatalogueTable,
  me: string,
  other: string,
): Promise<Findings> {
  const writes = writesAcross(table, me, other);
  const done: string[] = [];
  for (const write of writes) {
    if (await reaches(rehearsal, me, write)) done.push(write);
  }
  const { own, foreign } = await look(rehearsal, table, me);
  return {
    own,
    foreign,
    seenInNone: await lookInNone(rehearsal, table),
    tried: writes.length,
    done,
  };
}

/** What a workspace, or nobody's transaction, can do with references that lead into another workspace. */
export interface ReferenceFindings {
  readonly tried: number;
  /** Those that row-level security did not refuse. */
  readonly done: readonly string[];
}

/** Lets rows of one workspace, and of the installation, refer to a row of the other. Every attempt is rolled back. */
export async function tryReference(
  rehearsal: Rehearsal,
  reference: RehearsedReference,
  me: string,
  other: string,
): Promise<ReferenceFindings> {
  const writes = referencesAcross(reference, other);
  const done: string[] = [];
  for (const scope of [me, '']) {
    for (const write of writes) {
      if (await reaches(rehearsal, scope, write)) done.push(write);
    }
  }
  return { tried: 2 * writes.length, done };
}

/** A foreign key alone does not keep them out: it looks for its row as the table's owner. */
function referencesAcross({ table, column, targets }: RehearsedReference, other: string): string[] {
  const target = targets.get(other);
  const own = 'workspace_id is not distinct from current_workspace()';
  return [
    `update ${table} set ${column} = '${target}' where ${own}`,
    `insert into ${table} overriding system value select (json_populate_record(r, json_build_object('${column}', '${target}'))).* from ${table} r where ${own}`,
  ];
}

async function look(
  { database }: Rehearsal,
  table: CatalogueTable,
  me: string,
): Promise<{ own: number; foreign: number }> {
  const column = table.tenantColumn;
  const isForeign = isShared(table) ? `${column} <> '${me}'` : `${column} is distinct from '${me}'`;
  const { rows } = await ask<{ own: number; foreign: number }>(
    database.pool,
    me,
    `select count(*) filter (where ${column} = '${me}') as own,
       count(*) filter (where ${isForeign}) as foreign from ${table.name}`,
  );
  return rows[0] ?? { own: 0, foreign: 0 };
}

async function lookInNone({ database }: Rehearsal, table: CatalogueTable): Promise<number> {
  const { rows } = await ask<{ seen: number }>(
    database.pool,
    '',
    `select count(${table.tenantColumn}) as seen from ${table.name}`,
  );
  return rows[0]?.seen ?? 0;
}

/** Statements that a program without any check of its own might send. */
function writesAcross(table: CatalogueTable, me: string, other: string): string[] {
  const { name, tenantColumn: column } = table;
  return [
    `update ${name} set ${column} = ${column} where ${column} = '${other}'`,
    `update ${name} set ${column} = '${me}' where ${column} = '${other}'`,
    `update ${name} set ${column} = '${other}' where ${column} = '${me}'`,
    `update ${name} set ${column} = ${column} where ${column} is null`,
    `delete from ${name} where ${column} = '${other}'`,
    `delete from ${name} where ${column} is null`,
    `insert into ${name} (${column}) values ('${other}')`,
    `insert into ${name} overriding system value select (json_populate_record(r, json_build_object('${column}', '${other}'))).* from ${name} r`,
  ];
}

/**
 * Whether a write got past row-level security: it changed rows, or failed for another reason than permission,
 * which comes after it.
 */
async function reaches({ database }: Rehearsal, me: string, write: string): Promise<boolean> {
  try {
    const { rowCount } = await ask(database.pool, me, write);
    return rowCount !== 0;
  } catch (error) {
    return codeOf(error) !== INSUFFICIENT_PRIVILEGE;
  }
}

/** Row-level security refuses a row by it, and the audit log every change. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs a statement in a workspace, or in none, on a bare connection of the pool, and rolls it back. */
async function ask<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  workspace: string,
  statement: string,
): Promise<pg.QueryResult<R>> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('greenroom.workspace_id', $1, true)", [workspace]);
    return await client.query<R>(statement);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
