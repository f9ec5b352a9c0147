import type { Migration } from './migration.ts';

/** What metrics need to measure every workspace by itself. */
export const serviceLevels: Migration = {
  number: 16,
  name: 'service-levels',
  sql: `
-- The oldest workspaces.
create function list_workspaces(most int) returns table (workspace_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  as 'select w.id from workspaces w order by w.created_at, w.id limit most';
revoke execute on function list_workspaces from public;
grant execute on function list_workspaces to greenroom_app;
`,
};
