import type { Migration } from './migration.ts';

/**
 * People, passwords and browser sessions: the tables of better-auth, in a schema of their own. Not tenant data.
 *
 * The columns are those that this version of better-auth wants, under names of ours
 * (`workspaces/identity-options.ts`); a test asks its own migration generator whether anything is missing.
 */
export const identity: Migration = {
  number: 3,
  name: 'identity',
  sql: `
create schema identity;
grant usage on schema identity to greenroom_app;

create table identity.people (
  id text primary key,
  name text not null,
  email text not null unique check (email = lower(email)),
  email_verified boolean not null,
  image text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
grant select, insert, update on identity.people to greenroom_app;

create table identity.sessions (
  id text primary key,
  person_id text not null references identity.people on delete cascade,
  -- Worth nothing alone: the cookie carries it signed with a key that is not in this database.
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null
);
create index sessions_person_id_idx on identity.sessions (person_id);
create index on identity.sessions (expires_at);
grant select, insert, update, delete on identity.sessions to greenroom_app;

create table identity.credentials (
  id text primary key,
  person_id text not null references identity.people on delete cascade,
  provider_id text not null,
  account_id text not null,
  password text,
  -- For sign-in through other providers, which we do not offer: always null.
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null,
  unique (provider_id, account_id)
);
create index credentials_person_id_idx on identity.credentials (person_id);
grant select, insert, update on identity.credentials to greenroom_app;

-- better-auth wants this table to exist. Nothing of ours uses it, so the role may not touch it.
create table identity.verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create index verifications_identifier_idx on identity.verifications (identifier);

-- How often an address or an e-mail was tried lately, by all processes together.
create table identity.sign_in_attempts (
  -- A keyed hash: people type passwords into the field above.
  subject bytea primary key,
  attempts int not null,
  ends_at timestamptz not null
);
create index on identity.sign_in_attempts (ends_at);
grant select, insert, update, delete on identity.sign_in_attempts to greenroom_app;
`,
};
