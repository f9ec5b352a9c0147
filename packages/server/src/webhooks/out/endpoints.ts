import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Vault } from '../../accounts/vault/vault.ts';
import type { ActivityAction } from '../../activity/actions.ts';
import { resolveAlert } from '../../activity/alerts/alerts.ts';
import { recordActivity } from '../../activity/record.ts';
import type { Position } from '../../db/position.ts';
import type { Transaction } from '../../db/transaction.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { type Principal, toActor } from '../../workspaces/principal.ts';
import { makeSecret, secretPlace } from './endpoint-secret.ts';

/** An endpoint, as it is shown. */
export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly event_types: string[];
  readonly is_enabled: boolean;
  readonly disabled_reason: string | null;
  readonly previous_expires_at: Date | null;
  readonly last_delivered_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = [
  'id',
  'url',
  'description',
  'event_types',
  'is_enabled',
  'disabled_reason',
  'previous_expires_at',
  'last_delivered_at',
  'created_at',
  'updated_at',
] as const;

/** Each event is a delivery for each of them. */
const MOST_ENDPOINTS = 20;

/** Endpoints of the workspace, newest first. */
export async function listEndpoints(
  tx: Transaction,
  { after, limit }: { readonly after: Position | undefined; readonly limit: number },
): Promise<EndpointRow[]> {
  let query = tx.selectFrom('webhook_endpoints').select(COLUMNS);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.at}, ${after.id}::uuid)`);
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/** @throws {ProblemError} `not-found`. */
export async function getEndpoint(tx: Transaction, id: string): Promise<EndpointRow> {
  const row = await tx
    .selectFrom('webhook_endpoints')
    .select(COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw unknownEndpoint();
  return row;
}

/**
 * Adds an endpoint. Its secret is given once, and stored sealed.
 *
 * @throws {ProblemError} `conflict` when the workspace has as many as it may.
 */
export async function createEndpoint(
  tx: Transaction,
  vault: Vault,
  principal: Principal,
  given: { readonly url: string; readonly description: string; readonly eventTypes: string[] },
): Promise<{ readonly endpoint: EndpointRow; readonly secret: string }> {
  // Nobody else counts meanwhile.
  await tx.selectFrom('workspaces').select('id').forNoKeyUpdate().executeTakeFirstOrThrow();
  const { count } = await tx
    .selectFrom('webhook_endpoints')
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count >= MOST_ENDPOINTS) {
    throw new ProblemError('conflict', `A workspace has ${MOST_ENDPOINTS} endpoints at most.`);
  }
  const id = randomUUID();
  const secret = makeSecret();
  const place = secretPlace(principal.workspaceId, id, 'secret_sealed');
  const endpoint = await tx
    .insertInto('webhook_endpoints')
    .values({
      id,
      workspace_id: principal.workspaceId,
      url: given.url,
      description: given.description,
      event_types: given.eventTypes,
      secret_sealed: await vault.sealText(tx, place, secret),
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  await record(tx, principal, 'webhook_endpoint.created', id);
  return { endpoint, secret };
}

/** What can be changed of an endpoint. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly eventTypes?: string[] | undefined;
  readonly isEnabled?: boolean | undefined;
}

/**
 * Changes an endpoint. One that is enabled again begins with what happens from now on.
 *
 * @throws {ProblemError} `not-found`, or `conflict` when it has no secret to sign with.
 */
export async function updateEndpoint(
  tx: Transaction,
  principal: Principal,
  id: string,
  change: EndpointChange,
): Promise<EndpointRow> {
  const { is_enabled: wasEnabled, secret_sealed: secret } = await lockEndpoint(tx, id);
  if (change.isEnabled === true && secret === null) {
    throw new ProblemError(
      'conflict',
      'Its signing secret was given up with a lost master key: give it another one first.',
    );
  }
  const endpoint = await tx
    .updateTable('webhook_endpoints')
    .set({
      ...(change.url === undefined ? {} : { url: change.url }),
      ...(change.description === undefined ? {} : { description: change.description }),
      ...(change.eventTypes === undefined ? {} : { event_types: change.eventTypes }),
      ...(change.isEnabled === undefined ? {} : { is_enabled: change.isEnabled }),
      ...(change.isEnabled === undefined ? {} : { disabled_reason: null }),
      ...(change.isEnabled === true && !wasEnabled ? FROM_NOW_ON : {}),
      updated_at: sql<Date>`app_now()`,
    })
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  // Mended or given up: either way somebody has dealt with it.
  if (change.isEnabled !== undefined) await resolveAlert(tx, 'webhook_failing', id);
  await record(tx, principal, 'webhook_endpoint.updated', id);
  return endpoint;
}

const FROM_NOW_ON: {
  readonly position_xid: RawBuilder<string>;
  readonly position_id: number;
} = { position_xid: sql<string>`pg_snapshot_xmin(pg_current_snapshot())`, position_id: 0 };

/** Removes an endpoint. */
export async function deleteEndpoint(
  tx: Transaction,
  principal: Principal,
  id: string,
): Promise<void> {
  await lockEndpoint(tx, id);
  await tx.deleteFrom('webhook_endpoints').where('id', '=', id).execute();
  await resolveAlert(tx, 'webhook_failing', id);
  await record(tx, principal, 'webhook_endpoint.deleted', id);
}

/** Gives an endpoint another secret; the former one signs beside it for a while. */
export async function rotateSecret(
  tx: Transaction,
  vault: Vault,
  principal: Principal,
  id: string,
  overlapHours: number,
): Promise<{ readonly endpoint: EndpointRow; readonly secret: string }> {
  const { secret_sealed: sealed } = await lockEndpoint(tx, id);
  const { workspaceId } = principal;
  const place = secretPlace(workspaceId, id, 'secret_sealed');
  const previousPlace = secretPlace(workspaceId, id, 'previous_secret_sealed');
  const previous =
    overlapHours === 0 || sealed === null
      ? null
      : await vault.sealText(tx, previousPlace, await vault.openText(tx, place, sealed));
  const secret = makeSecret();
  const endpoint = await tx
    .updateTable('webhook_endpoints')
    .set({
      secret_sealed: await vault.sealText(tx, place, secret),
      previous_secret_sealed: previous,
      previous_expires_at:
        previous === null ? null : sql<Date>`app_now() + make_interval(hours => ${overlapHours})`,
      updated_at: sql<Date>`app_now()`,
    })
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  await record(tx, principal, 'webhook_endpoint.secret_rotated', id);
  return { endpoint, secret };
}

/**
 * Takes an endpoint that something can be sent to.
 *
 * @throws {ProblemError} `not-found`, or `conflict` while it is disabled.
 */
export async function requireEnabled(tx: Transaction, id: string): Promise<void> {
  const { is_enabled: isEnabled } = await lockEndpoint(tx, id);
  if (!isEnabled) {
    throw new ProblemError('conflict', 'The endpoint is disabled: enable it first.');
  }
}

/** Writes into the audit log that something was sent again. */
export function recordReplay(tx: Transaction, principal: Principal, id: string): Promise<void> {
  return record(tx, principal, 'webhook_endpoint.replayed', id);
}

async function lockEndpoint(
  tx: Transaction,
  id: string,
): Promise<{ readonly is_enabled: boolean; readonly secret_sealed: Buffer | null }> {
  const row = await tx
    .selectFrom('webhook_endpoints')
    .select(['is_enabled', 'secret_sealed'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw unknownEndpoint();
  return row;
}

async function record(
  tx: Transaction,
  principal: Principal,
  action: ActivityAction,
  subjectId: string,
): Promise<void> {
  await recordActivity(tx, { actor: toActor(principal), action, subjectId, reason: 'asked for' });
}

function unknownEndpoint(): ProblemError {
  return new ProblemError('not-found', 'There is no such endpoint.');
}
