import type { Migration } from './migration.ts';

/** People, passwords and browser sessions: the tables of better-auth, in a schema of their own. Not tenant data. */
export const identity: Migration = {
  number: 3,
  name: 'identity',
  sql: `
create schema identity;
grant usage on schema identity to greenroom_app;
`,
};
