/** A function that passes row-level security, and why one must. */
export interface ListedFunction {
  readonly signature: string;
  /** Ids, counts and names of partitions: never what a row says. */
  readonly returns: string;
  readonly why: string;
}

/**
 * The closed list of what crosses workspaces. A function that is not here fails the catalogue's test and
 * the tenants proof: think twice, then add it with its reason.
 */
export const definerFunctions: readonly ListedFunction[] = [
  {
    signature: 'abandoned_uploads(interval,integer)',
    returns: 'TABLE(media_id uuid, workspace_id uuid)',
    why: 'uploads that nobody goes on with expire for all workspaces',
  },
  {
    signature: 'attempts_to_resume(integer)',
    returns: 'TABLE(attempt_id uuid, workspace_id uuid)',
    why: 'attempts of a process that died are taken over for all workspaces',
  },
  {
    signature: 'claim_due_displays(integer)',
    returns: 'TABLE(account_id uuid, workspace_id uuid)',
    why: 'the sweep over display fields works for all workspaces',
  },
  {
    signature: 'claim_due_refreshes(bigint,integer,uuid[])',
    returns: 'TABLE(account_id uuid, workspace_id uuid)',
    why: 'the sweep over tokens works for all workspaces',
  },
  {
    signature: 'claim_polls(integer)',
    returns:
      'TABLE(post_id uuid, workspace_id uuid, account_id uuid, attempt_id uuid, publish_id text)',
    why: 'the sweep over posts that TikTok works on is for all workspaces',
  },
  {
    signature: 'claim_unchecked_media(interval)',
    returns: 'TABLE(media_id uuid, workspace_id uuid)',
    why: 'what arrived whole is looked into for all workspaces',
  },
  {
    signature: 'claim_webhook_deliveries(integer,integer,uuid[])',
    returns: 'TABLE(delivery_id uuid, endpoint_id uuid, workspace_id uuid, attempt integer)',
    why: 'webhooks of all workspaces are delivered by every worker',
  },
  {
    signature: 'claim_webhook_events(text[],integer)',
    returns: 'TABLE(event_id uuid, workspace_id uuid)',
    why: 'the sweep over events works for all workspaces',
  },
  {
    signature: 'delete_expired_idempotency_keys(interval,integer)',
    returns: 'integer',
    why: 'what has expired goes for all workspaces',
  },
  {
    signature: 'delete_old_connections(integer)',
    returns: 'bigint',
    why: 'what has expired goes for all workspaces',
  },
  {
    signature: 'delete_old_events(interval,integer)',
    returns: 'integer',
    why: 'only the owner deletes events; never one of the last 7 days',
  },
  {
    signature: 'delete_old_media_urls(interval,integer)',
    returns: 'integer',
    why: 'what has expired goes for all workspaces',
  },
  {
    signature: 'delete_old_webhook_events(interval,integer)',
    returns: 'integer',
    why: 'what is old goes for all workspaces',
  },
  {
    signature: 'drop_activity_months(integer)',
    returns: 'SETOF text',
    why: 'only the owner drops partitions; never a month of the last 30 days',
  },
  {
    signature: 'due_posts(integer)',
    returns: 'TABLE(post_id uuid, workspace_id uuid)',
    why: 'the sweep over scheduled posts works for all workspaces',
  },
  {
    signature: 'endpoints_behind(integer)',
    returns: 'TABLE(endpoint_id uuid, workspace_id uuid)',
    why: 'events of all workspaces become deliveries',
  },
  {
    signature: 'find_account(text,text)',
    returns: 'TABLE(account_id uuid, workspace_id uuid, app_id uuid)',
    why: 'an event of TikTok names an app and an open_id, no workspace',
  },
  {
    signature: 'find_api_key(bytea)',
    returns: 'TABLE(id uuid, workspace_id uuid)',
    why: 'a key says which workspace it is for',
  },
  {
    signature: 'find_app(text)',
    returns: 'TABLE(app_id uuid, workspace_id uuid)',
    why: 'a client_key belongs to one workspace, or to the installation',
  },
  {
    signature: 'find_connected_account(uuid,text)',
    returns: 'TABLE(account_id uuid, workspace_id uuid)',
    why: 'an account is connected in one workspace, and a second one is refused',
  },
  {
    signature: 'find_connection(bytea)',
    returns: 'TABLE(connection_id uuid, workspace_id uuid)',
    why: 'a state says which connection it belongs to',
  },
  {
    signature: 'find_domain_proof(text)',
    returns: 'TABLE(domain_proof_id uuid, workspace_id uuid)',
    why: 'TikTok asks for a signature file by its name, and knows no workspace',
  },
  {
    signature: 'find_first_workspace()',
    returns: 'uuid',
    why: 'the first start makes one only where there is none',
  },
  {
    signature: 'find_invitation(bytea)',
    returns: 'TABLE(id uuid, workspace_id uuid)',
    why: 'an invitation says which workspace it is for',
  },
  {
    signature: 'find_media_url(bytea)',
    returns: 'TABLE(media_url_id uuid, workspace_id uuid)',
    why: 'TikTok fetches media by an address that names no workspace',
  },
  {
    signature: 'forget_the_future()',
    returns: 'void',
    why: 'a clock that was ahead has left its moments in all workspaces',
  },
  {
    signature: 'list_workspaces(integer)',
    returns: 'TABLE(workspace_id uuid)',
    why: 'metrics measure each workspace by itself',
  },
  {
    signature: 'list_workspaces_of(text)',
    returns: 'TABLE(workspace_id uuid)',
    why: 'a person picks one of the own workspaces',
  },
  {
    signature: 'media_with_bytes(uuid[])',
    returns: 'SETOF uuid',
    why: 'a file is an orphan only if no workspace has a row for it',
  },
  {
    signature: 'move_clock(double precision)',
    returns: 'double precision',
    why: 'only the owner changes the installation; in a test installation only',
  },
  {
    signature: 'open_attempts(uuid,integer)',
    returns: 'TABLE(attempt_id uuid, workspace_id uuid)',
    why: 'what nobody works on any more is found in all workspaces',
  },
  {
    signature: 'prepare_activity_months()',
    returns: 'SETOF text',
    why: 'only the owner makes partitions',
  },
  {
    signature: 'release_refreshes(bigint,uuid[])',
    returns: 'TABLE(account_id uuid)',
    why: 'leases of the own process are handed back for all workspaces',
  },
  {
    signature: 'startable_accounts(integer)',
    returns: 'TABLE(account_id uuid, workspace_id uuid, is_in_line boolean)',
    why: 'the next post of an account begins in all workspaces',
  },
  {
    signature: 'workspaces_to_check(interval,integer)',
    returns: 'TABLE(workspace_id uuid)',
    why: 'the daily check works for all workspaces',
  },
  {
    signature: 'workspaces_to_follow(text,integer)',
    returns: 'TABLE(workspace_id uuid)',
    why: 'alerts are raised in all workspaces',
  },
  {
    signature: 'workspaces_with_causes(interval,integer)',
    returns: 'TABLE(workspace_id uuid)',
    why: 'alerts end in all workspaces',
  },
];
