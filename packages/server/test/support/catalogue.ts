import type pg from 'pg';

/** A table or partition, as the catalogue has it. */
export interface CatalogueTable {
  /** With its schema where that is not `public`. */
  readonly name: string;
  /** Column that names the workspace; undefined: not a tenant's table. */
  readonly tenantColumn: 'workspace_id' | 'id' | undefined;
  /** Where its rows begin, of a partition: `FOR VALUES FROM … TO …` or `DEFAULT`. */
  readonly bounds: string | null;
  /** Whether rows are kept in partitions of it. */
  readonly isPartitioned: boolean;
  readonly hasRowSecurity: boolean;
  readonly policies: number;
  readonly owner: string;
  /** What the role of the application may do with it. */
  readonly appPrivileges: string[];
}

/** A column that refers to a row of a tenant's table. */
export interface Reference {
  readonly table: string;
  readonly column: string;
  /** Table that it refers to. */
  readonly parent: string;
}

/** A function that runs with the rights of its owner. */
export interface DefinerFunction {
  readonly signature: string;
  readonly returns: string;
  readonly settings: string[] | null;
  readonly publicMayCall: boolean;
  readonly appMayCall: boolean;
}

/** Every table of ours, whatever its schema but DBOS's: nobody keeps a list that could be forgotten. */
export async function listTables(client: pg.ClientBase): Promise<CatalogueTable[]> {
  const { rows } = await client.query<CatalogueTable & { has_workspace: boolean }>(`
    select c.oid::regclass::text as name,
      case when c.oid = 'public.workspaces'::regclass then 'id'
        when exists (select from pg_attribute a where a.attrelid = c.oid
          and a.attname = 'workspace_id' and not a.attisdropped) then 'workspace_id'
      end as "tenantColumn",
      pg_get_expr(c.relpartbound, c.oid) as bounds,
      c.relkind = 'p' as "isPartitioned",
      c.relrowsecurity as "hasRowSecurity",
      (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
      c.relowner::regrole::text as owner,
      array(select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
        'REFERENCES', 'TRIGGER']) privilege
        where has_table_privilege('greenroom_app', c.oid, privilege)) as "appPrivileges"
    from pg_class c
    where c.relkind in ('r', 'p', 'f', 'm', 'v') and ${OURS}
    order by 1`);
  return rows.map((row) => ({ ...row, tenantColumn: row.tenantColumn ?? undefined }));
}

/** Every reference from one tenant's table to another, but that of a row to its workspace. */
export async function listReferences(client: pg.ClientBase): Promise<Reference[]> {
  const { rows } = await client.query<Reference>(`
    select f.conrelid::regclass::text as table, f.confrelid::regclass::text as parent,
      quote_ident(a.attname) as column
    from pg_constraint f
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
    where f.contype = 'f' and a.attname <> 'workspace_id'
      and exists (select from pg_attribute p where p.attrelid = f.confrelid and p.attname = 'workspace_id')
    order by 1, 3`);
  return rows;
}

/** Every function that passes row-level security for its caller. */
export async function listDefinerFunctions(client: pg.ClientBase): Promise<DefinerFunction[]> {
  const { rows } = await client.query<DefinerFunction>(`
    select p.oid::regprocedure::text as signature, pg_get_function_result(p.oid) as returns,
      p.proconfig as settings,
      exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        where g.grantee = 0) as "publicMayCall",
      has_function_privilege('greenroom_app', p.oid, 'EXECUTE') as "appMayCall"
    from pg_proc p
    where p.prosecdef and p.pronamespace not in
      (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema', 'dbos'))
    order by 1`);
  return rows;
}

/** Functions, of any kind, that everybody may call. */
export async function listPublicFunctions(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ signature: string }>(`
    select p.oid::regprocedure::text as signature from pg_proc p
    where p.pronamespace not in
        (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema', 'dbos'))
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        where g.grantee = 0)
    order by 1`);
  return rows.map(({ signature }) => signature);
}

const OURS = `c.relnamespace not in (select oid from pg_namespace
  where nspname in ('pg_catalog', 'information_schema', 'dbos') or nspname like 'pg_toast%' or nspname like 'pg_temp%')`;

/** Tables that belong to no workspace: a new table is a tenant's unless it is named here. */
export const installationTables: readonly string[] = [
  'cap_uses',
  'circuits',
  'identity.credentials',
  'identity.people',
  'identity.sessions',
  'identity.sign_in_attempts',
  'identity.verifications',
  'installation',
  'learned_caps',
  'log_redactions',
  'master_keys',
  'rate_windows',
  'schema_migrations',
];

/** Tables whose rows of the installation every workspace may read; what is secret in them is sealed. */
export const sharedTables: readonly string[] = ['tiktok_apps'];
