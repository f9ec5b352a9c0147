import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CatalogueTable,
  installationTables,
  listDefinerFunctions,
  listPublicFunctions,
  listTables,
} from '../support/catalogue.ts';
import { connect, type TestClient } from '../support/connect.ts';
import { definerFunctions } from '../support/definer-functions.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let own: TestDatabase;
let owner: TestClient;
let tables: CatalogueTable[];
beforeAll(async () => {
  own = await createTestDatabase();
  owner = await connect(own.url);
  tables = await listTables(owner.client);
});
afterAll(async () => {
  await owner[Symbol.asyncDispose]();
  await own.close();
});

test('every table is a tenant’s, with row security and a policy, or named as the installation’s', () => {
  const unguarded = tables
    .filter(({ name }) => !installationTables.includes(name))
    .filter(
      ({ tenantColumn, hasRowSecurity, policies }) =>
        !(tenantColumn && hasRowSecurity && policies > 0),
    )
    .map(({ name }) => name);
  expect(unguarded).toEqual([]);
  expect(tables.filter(({ tenantColumn }) => tenantColumn).length).toBeGreaterThan(10);
});

test('no table of the installation names a workspace, and none is listed that is gone', () => {
  const listed = tables.filter(({ name }) => installationTables.includes(name));
  expect(listed.map(({ name }) => name)).toEqual(installationTables);
  expect(listed.filter(({ tenantColumn }) => tenantColumn)).toEqual([]);
});

describe('the role of the application', () => {
  test('bypasses nothing, logs in nowhere, makes nothing', async () => {
    const { rows } = await owner.client.query(`
      select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication,
        has_schema_privilege('greenroom_app', 'public', 'create') as may_create
      from pg_roles where rolname = 'greenroom_app'`);
    expect(rows).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcanlogin: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        may_create: false,
      },
    ]);
  });

  test('owns nothing and belongs to nobody', async () => {
    const { rows } = await owner.client.query(`
      select relname as what from pg_class where relowner = 'greenroom_app'::regrole
      union all select proname from pg_proc where proowner = 'greenroom_app'::regrole
      union all select nspname from pg_namespace where nspowner = 'greenroom_app'::regrole
      union all select roleid::regrole::text from pg_auth_members where member = 'greenroom_app'::regrole`);
    expect(rows).toEqual([]);
  });

  test('may not empty a table, nor refer to one, nor hang a trigger on one', () => {
    const excess = tables.filter(({ appPrivileges }) =>
      appPrivileges.some((privilege) => ['TRUNCATE', 'REFERENCES', 'TRIGGER'].includes(privilege)),
    );
    expect(excess).toEqual([]);
  });

  test('may append to the audit log and read it, and nothing else', () => {
    const log = tables.filter(({ name }) => name.startsWith('activity'));
    const rights = Object.fromEntries(log.map(({ name, appPrivileges }) => [name, appPrivileges]));
    const { activity, ...partitions } = rights;
    expect(activity).toEqual(['SELECT', 'INSERT']);
    expect(new Set(Object.values(partitions).flat())).toEqual(new Set());
    expect(Object.keys(partitions).length).toBeGreaterThan(4);
  });
});

describe('functions', () => {
  test('none may be called by everybody', async () => {
    expect(await listPublicFunctions(owner.client)).toEqual([]);
  });

  test('those that pass row-level security are the closed list, with what they return', async () => {
    const functions = await listDefinerFunctions(owner.client);
    const found = functions.map(({ signature, returns }) => ({ signature, returns }));
    expect(found).toEqual(
      definerFunctions.map(({ signature, returns }) => ({ signature, returns })),
    );
  });

  test('those have a search path that nobody’s temporary table can shadow', async () => {
    for (const { signature, settings } of await listDefinerFunctions(owner.client)) {
      expect(settings, signature).toContain('search_path=pg_catalog, public, pg_temp');
    }
  });
});
