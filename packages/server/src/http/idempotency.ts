import { hash } from 'node:crypto';
import type { Operation } from '@greenroom/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { Place } from '../accounts/vault/vault.ts';
import { codeOf } from '../db/errors.ts';
import { preparedQuery, type Transaction } from '../db/transaction.ts';
import type { Caller, Principal } from '../workspaces/principal.ts';
import type { Answer } from './answer.ts';
import type { Input } from './input.ts';
import { ProblemError } from './problem-error.ts';
import type { Services } from './services.ts';

/** How long an answer is kept for its key. */
const IDEMPOTENCY_HOURS = 24;

/** A call that may carry an `Idempotency-Key`. */
export interface OnceCall {
  readonly services: Services;
  readonly tx: Transaction;
  readonly principal: Caller | Principal;
  readonly operation: Operation;
  readonly input: Input<unknown>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Does the work of a write that creates, or gives the answer of the first request with the same key.
 *
 * Key and work are committed together: a crash in the middle leaves neither. While the first request
 * runs it holds a lock on the key, and a second one is refused at once; should it slip past the lock in
 * the moment of the first one's commit, the primary key undoes it. The answer is stored sealed, without
 * the fields that are shown once.
 *
 * @throws {ProblemError} `idempotency-in-flight`, `idempotency-mismatch`, or `invalid-request` for a bad key.
 */
export async function runOnce<A extends Answer>(
  call: OnceCall,
  work: () => Promise<A>,
): Promise<A> {
  const key = call.operation.creates === true ? readKey(call.request) : undefined;
  if (key === undefined) return work();
  const names = nameCall(call, key);
  const stored = await lockAndFind(call.tx, names.keyHash);
  if (stored !== undefined) return replay<A>(call, names, stored);
  const answer = await work();
  await store(call, names, answer);
  return answer;
}

/** Deletes answers that have expired, oldest first, and gives their number. */
export async function deleteExpiredIdempotencyKeys(
  tx: Transaction,
  options: { readonly limit: number },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select delete_expired_idempotency_keys(
      make_interval(hours => ${IDEMPOTENCY_HOURS}), ${options.limit}::int) as count`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** What stands for a call in the table. */
interface CallNames {
  readonly keyHash: Buffer;
  readonly requestHash: Buffer;
  readonly workspaceId: string | null;
}

interface StoredAnswer {
  readonly request_hash: Buffer;
  readonly status: number;
  readonly answer_sealed: Buffer;
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const detail = 'Takes 1 to 255 printable characters of ASCII, without spaces.';
  throw new ProblemError('invalid-request', `Idempotency-Key: ${detail}`, {
    errors: [{ in: 'header', pointer: '/idempotency-key', detail }],
  });
}

function nameCall({ principal, operation, input }: OnceCall, key: string): CallNames {
  const workspaceId = 'workspaceId' in principal ? principal.workspaceId : null;
  return {
    keyHash: digest([workspaceId, principal.kind, nameOf(principal), operation.id, key]),
    // With the key, which is stored nowhere: nobody can guess a body's secret from its hash.
    requestHash: digest([key, input.params ?? null, input.query ?? null, input.body ?? null]),
    workspaceId,
  };
}

function nameOf(principal: Caller | Principal): string {
  if (principal.kind === 'person') return principal.personId;
  return 'keyId' in principal ? principal.keyId : '';
}

function digest(parts: readonly unknown[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}

async function lockAndFind(tx: Transaction, keyHash: Buffer): Promise<StoredAnswer | undefined> {
  // Two numbers: locks on one number are another space, which other parts use.
  const { rows } = await tx.executeQuery(
    preparedQuery<FoundKey>('find_idempotency_key', FIND, [
      keyHash.readInt32BE(0),
      keyHash.readInt32BE(4),
      keyHash,
      IDEMPOTENCY_HOURS,
    ]),
  );
  const [row] = rows;
  if (row?.is_locked !== true) throw inFlight();
  if (row.is_expired === true) {
    await tx.deleteFrom('idempotency_keys').where('key_hash', '=', keyHash).execute();
    return undefined;
  }
  // The columns are null together, when the join found nothing.
  return row.request_hash ? (row as StoredAnswer) : undefined;
}

type FoundKey = Partial<StoredAnswer> & {
  readonly is_locked: boolean;
  readonly is_expired: boolean | null;
};

const FIND = `
  select pg_try_advisory_xact_lock($1, $2) as is_locked, k.request_hash, k.status, k.answer_sealed,
    k.created_at < app_now() - make_interval(hours => $4) as is_expired
  from (select) one left join idempotency_keys k on k.key_hash = $3`;

async function replay<A extends Answer>(
  { services, tx, reply }: OnceCall,
  names: CallNames,
  stored: StoredAnswer,
): Promise<A> {
  if (!stored.request_hash.equals(names.requestHash)) {
    throw new ProblemError(
      'idempotency-mismatch',
      'This Idempotency-Key was sent with another request within the last 24 hours.',
    );
  }
  const text = await services.vault.openText(tx, placeOf(names), stored.answer_sealed);
  reply.header('idempotency-replayed', 'true');
  // It was stored as an answer of this operation, whose name is part of the key.
  return { status: stored.status, ...(JSON.parse(text) as { body?: unknown }) } as A;
}

async function store(call: OnceCall, names: CallNames, answer: Answer): Promise<void> {
  const { services, tx, operation } = call;
  if (names.workspaceId === null) {
    // The handler may have entered the workspace that it made; the key belongs to none.
    await sql`select set_config('greenroom.workspace_id', '', true)`.execute(tx);
  }
  const text = JSON.stringify({ body: withoutOnceFields(operation, answer.body) });
  const sealed = await services.vault.sealText(tx, placeOf(names), text);
  try {
    await tx.executeQuery(
      preparedQuery('store_idempotency_key', STORE, [
        names.keyHash,
        names.workspaceId,
        names.requestHash,
        answer.status,
        sealed,
      ]),
    );
  } catch (error) {
    if (codeOf(error) === '23505') throw inFlight();
    throw error;
  }
}

const STORE = `
  insert into idempotency_keys (key_hash, workspace_id, request_hash, status, answer_sealed)
  values ($1, $2, $3, $4, $5)`;

function withoutOnceFields(operation: Operation, body: unknown): unknown {
  if (operation.onceFields === undefined || typeof body !== 'object' || body === null) return body;
  const hidden = Object.fromEntries(operation.onceFields.map((field) => [field, null]));
  return { ...body, ...hidden };
}

function placeOf({ workspaceId, keyHash }: CallNames): Place {
  return {
    workspaceId,
    table: 'idempotency_keys',
    column: 'answer_sealed',
    rowId: keyHash.toString('hex'),
  };
}

function inFlight(): ProblemError {
  return new ProblemError(
    'idempotency-in-flight',
    'Another request with this Idempotency-Key is being worked on.',
    { retryAfterSeconds: 1 },
  );
}
