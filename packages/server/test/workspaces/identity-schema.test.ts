import { getMigrations } from 'better-auth/db/migration';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { expect, test } from 'vitest';
import { identityOptions } from '../../src/workspaces/identity-options.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('better-auth’s own generator finds nothing missing in our identity schema', async () => {
  await using database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
  try {
    const wanted = await getMigrations({
      ...identityOptions(true, 8),
      database: { db, type: 'postgres', schemaName: 'identity' },
    });
    expect(wanted.toBeCreated).toEqual([]);
    expect(wanted.toBeAdded).toEqual([]);
    expect(wanted.toBeAddedIndexes).toEqual([]);
    expect(wanted.schemaProblems).toEqual([]);
  } finally {
    await db.destroy();
  }
});

test('a column that is missing would be seen', async () => {
  await using database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
  try {
    await pool.query('alter table identity.sessions drop column user_agent');
    const wanted = await getMigrations({
      ...identityOptions(true, 8),
      database: { db, type: 'postgres', schemaName: 'identity' },
    });
    expect(wanted.toBeAdded.map(({ table, fields }) => [table, Object.keys(fields)])).toEqual([
      ['sessions', ['user_agent']],
    ]);
  } finally {
    await db.destroy();
  }
});
