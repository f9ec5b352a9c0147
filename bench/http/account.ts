import { createHash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';

/** What the bench asks for, and the key that it asks with. */
export interface BenchedAccount {
  readonly id: string;
  readonly workspaceId: string;
  readonly apiKey: string;
  readonly keyHash: Buffer;
}

/** Makes a workspace with an API key and an account, as the owner of the database. */
export async function makeAccount(databaseUrl: string): Promise<BenchedAccount> {
  const apiKey = `grk_${randomBytes(32).toString('base64url')}`;
  const account: BenchedAccount = {
    id: randomUUID(),
    workspaceId: randomUUID(),
    apiKey,
    keyHash: createHash('sha256').update(apiKey).digest(),
  };
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [statement, values] of rowsOf(account)) await client.query(statement, values);
  } finally {
    await client.end();
  }
  return account;
}

function rowsOf({ id, workspaceId, apiKey, keyHash }: BenchedAccount): [string, unknown[]][] {
  const appId = randomUUID();
  const scopes = ['user.info.basic', 'video.publish', 'video.upload'];
  return [
    ["insert into workspaces (id, name) values ($1, 'Bench')", [workspaceId]],
    [
      `insert into api_keys (workspace_id, name, token_hash, token_end, scopes, created_by, last_used_at)
       values ($1, 'bench', $2, $3, '{accounts:read,workspace:manage}', 'bench', app_now() + interval '1 day')`,
      [workspaceId, keyHash, apiKey.slice(-4)],
    ],
    [
      `insert into tiktok_apps (id, workspace_id, name, client_key, client_secret_sealed)
       values ($1, $2, 'bench', 'bench', $3)`,
      [appId, workspaceId, randomBytes(60)],
    ],
    [
      `insert into accounts (id, workspace_id, app_id, open_id, username, display_name, avatar_url, scopes,
         scopes_asked, state, displayed_at)
       values ($1, $2, $3, 'open-id', 'creator', 'A Creator', 'https://p16.tiktokcdn.com/avatar', $4, $4,
         'connected', app_now())`,
      [id, workspaceId, appId, scopes],
    ],
    [
      `insert into account_tokens (account_id, workspace_id, access_token_sealed, refresh_token_sealed,
         access_expires_at, refresh_expires_at, refreshed_at, refresh_due_at)
       values ($1, $2, $3, $3, app_now() + interval '2 hours', app_now() + interval '180 days', app_now(),
         app_now() + interval '90 minutes')`,
      [id, workspaceId, randomBytes(120)],
    ],
  ];
}
