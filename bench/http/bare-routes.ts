import { randomBytes, randomUUID } from 'node:crypto';
import { operations } from '@greenroom/contract';
import Fastify, { type FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { BenchedAccount } from './account.ts';

/** JSON Schemas of an operation, as a bare Fastify route takes them. */
interface RouteSchemas {
  readonly params?: unknown;
  readonly body?: unknown;
  readonly response: unknown;
}

/** What the bare routes know from the start. */
export interface BareOptions {
  readonly pool: pg.Pool;
  readonly account: BenchedAccount;
  /** An answer of Greenroom’s, to be serialized by the same schema. */
  readonly answers: { readonly account: unknown; readonly invitation: unknown };
  readonly schemas: { readonly account: RouteSchemas; readonly invitation: RouteSchemas };
}

/**
 * The reference: Fastify as its documentation shows it, with the same schemas, and the same statements in one
 * transaction through the same pool. No sign-in, no limits, no headers, no log, no sealing.
 */
export function createBareApp({ pool, account, answers, schemas }: BareOptions): FastifyInstance {
  const app = Fastify();
  app.get(operations.getAccount.path.replace('{id}', ':id'), { schema: schemas.account }, () =>
    inTransaction(pool, account, async (client) => {
      await client.query(READ_ACCOUNT, [account.id]);
      await client.query(READ_TOKENS, [[account.id]]);
      return answers.account;
    }),
  );
  app.post(
    operations.createInvitation.path,
    { schema: schemas.invitation },
    async (_request, reply) => {
      const answer = await inTransaction(pool, account, async (client) => {
        const [keyHash, id] = [randomBytes(32), randomUUID()];
        await client.query(FIND_KEY, [keyHash.readInt32BE(0), keyHash.readInt32BE(4), keyHash]);
        await client.query(HOLD_API_KEY, [account.keyHash]);
        await client.query(INSERT_INVITATION, [id, account.workspaceId, randomBytes(32)]);
        await client.query(INSERT_ACTIVITY, [id]);
        await client.query(STORE_KEY, [
          keyHash,
          account.workspaceId,
          randomBytes(32),
          randomBytes(300),
        ]);
        return answers.invitation;
      });
      return reply.code(201).send(answer);
    },
  );
  return app;
}

async function inTransaction<T>(
  pool: pg.Pool,
  { keyHash }: BenchedAccount,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`begin; select set_config('greenroom.workspace_id',
      (select workspace_id::text from find_api_key('\\x${keyHash.toString('hex')}')), true)`);
    await client.query(READ_API_KEY, [keyHash]);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

const READ_API_KEY = 'select id, workspace_id, scopes from api_keys where token_hash = $1';
const READ_ACCOUNT = `select id, app_id, open_id, username, display_name, avatar_url, scopes, scopes_asked,
  state, state_reason, connected_at, state_changed_at, displayed_at, created_at from accounts where id = $1`;
const READ_TOKENS = `select account_id, access_expires_at, refresh_expires_at, refreshed_at, failures, failing_since,
  last_failure_code from account_tokens where account_id = any($1)`;
const FIND_KEY = `select pg_try_advisory_xact_lock($1, $2), k.request_hash, k.status, k.answer_sealed
  from (select) one left join idempotency_keys k on k.key_hash = $3`;
const HOLD_API_KEY = 'select id from api_keys where token_hash = $1 for share';
const INSERT_INVITATION = `insert into invitations
  (id, workspace_id, role, token_hash, created_by, expires_at)
  values ($1, $2, 'viewer', $3, 'bench', app_now() + interval '7 days')
  returning id, role, created_by, created_at, expires_at`;
const INSERT_ACTIVITY = `insert into activity
  (workspace_id, actor_kind, actor_id, action, subject_id, reason, details)
  values (current_workspace(), 'api_key', 'bench', 'invitation.created', $1, 'asked for', '{"role":"viewer"}')`;
const STORE_KEY = `insert into idempotency_keys (key_hash, workspace_id, request_hash, status, answer_sealed)
  values ($1, $2, $3, 201, $4)`;
