import { randomUUID } from 'node:crypto';
import type { Transaction } from '../../db/database.ts';
import { preparedQuery } from '../../db/transaction.ts';
import { recordEvent } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import { movePost } from '../../posts/move-post.ts';
import { circuitReason } from '../limits/not-now.ts';
import { initEndpointOf } from './init-endpoint.ts';
import { type Wait, waitInLine } from './wait-in-line.ts';

/** What beginning an attempt takes. */
export type StartServices = Pick<
  Services,
  'circuits' | 'clock' | 'config' | 'ledger' | 'publishing'
>;

/** What became of an account's next post: it goes out, another one does, it has to wait, or there is none. */
export type Started = 'started' | 'busy' | 'waits' | 'nothing';

/** A slot that is no further away is waited for by the attempt itself. */
export const PATIENCE_MS = 5_000;

/**
 * Begins with the account's next post, if there is one that may go now: one at a time for an account.
 *
 * In the caller's transaction: a post that is saved for now and its attempt are committed together.
 */
export async function startNextAttempt(
  services: StartServices,
  tx: Transaction,
  accountId: string,
): Promise<Started> {
  if (!(await takeTurn(tx, accountId))) return 'busy';
  const next = await findNext(tx, accountId);
  if (next === undefined) return 'nothing';
  if (next.is_busy) return 'busy';
  const attemptId = randomUUID();
  // The places of the day are taken before anything is asked: at a cap that we know, TikTok would refuse creator info.
  const wait =
    (await findWait(services, tx, next)) ?? (await takeCaps(services, tx, next, attemptId));
  if (wait !== undefined) {
    await waitInLine(tx, next, wait);
    return 'waits';
  }
  await beginAttempt(services, tx, next, { attemptId, from: 'queued', reason: 'attempt_started' });
  return 'started';
}

/**
 * Lets nobody else begin with a post of the account until the transaction ends.
 *
 * Never waits: callers hold rows of posts, and somebody who has the turn may want those. Who comes in vain is
 * followed by the sweep.
 */
export async function takeTurn(tx: Transaction, accountId: string): Promise<boolean> {
  const query = preparedQuery<{ is_ours: boolean }>('take_turn', TAKE_TURN, [accountId]);
  return (await tx.executeQuery(query)).rows[0]?.is_ours ?? false;
}

const TAKE_TURN = `select pg_try_advisory_xact_lock(473379, hashtext($1)) as is_ours`;

/** What of a post decides how it is begun. */
export interface NextPost {
  readonly id: string;
  readonly workspace_id: string;
  readonly account_id: string;
  readonly media_type: 'VIDEO' | 'PHOTO';
  readonly post_mode: 'DIRECT_POST' | 'MEDIA_UPLOAD';
  readonly attempts: number;
  /** Whether a piece of media is on somebody else's address. */
  readonly has_url: boolean;
  /** Size of its media, of a video of ours. */
  readonly bytes_total: number | null;
}

async function findNext(
  tx: Transaction,
  accountId: string,
): Promise<(NextPost & { readonly is_busy: boolean }) | undefined> {
  const query = preparedQuery<NextPost & { is_busy: boolean }>('find_next_post', NEXT, [accountId]);
  return (await tx.executeQuery(query)).rows[0];
}

/** What is read of a post before an attempt. */
export const NEXT_POST = `
  p.id, p.workspace_id, p.account_id, p.media_type, p.post_mode, p.attempts,
  exists (select from post_media m where m.post_id = p.id and m.url is not null) as has_url,
  (select sum(f.size)::bigint from post_media m join media f on f.id = m.media_id where m.post_id = p.id) as bytes_total`;

// One that somebody else works on right now is left to the sweep.
const NEXT = `
select ${NEXT_POST},
  exists (select from posts b where b.account_id = $1 and b.state = 'publishing') as is_busy
from posts p
where p.account_id = $1 and p.state = 'queued' and (p.not_before is null or p.not_before <= app_now())
order by p.queued_at, p.id limit 1 for update of p skip locked`;

/** Why, and until when, a post of this kind cannot go. */
async function findWait(
  { circuits, clock, ledger }: StartServices,
  tx: Transaction,
  post: NextPost,
): Promise<Wait | undefined> {
  const circuit = await circuits.check(post.account_id, tx);
  if (circuit.isOpen) return { reason: circuitReason(circuit.kind), until: circuit.retryAt };
  const until = await ledger.nextFree(tx, post.account_id, initEndpointOf(post));
  const inMs = until.getTime() - clock.now().getTime();
  return inMs > PATIENCE_MS ? { reason: 'rate_limit', until } : undefined;
}

/** Takes the places of the day for an attempt that is to begin, or says why and until when it cannot. */
export async function takeCaps(
  { ledger }: Pick<StartServices, 'ledger'>,
  tx: Transaction,
  { account_id: accountId, post_mode: postMode }: NextPost,
  attemptId: string,
): Promise<Wait | undefined> {
  const caps = await ledger.takeCaps(tx, { attemptId, accountId, postMode });
  return caps.ok ? undefined : { reason: `cap_${caps.cap}`, until: caps.freeAt };
}

/** Begins an attempt: its row, its post and its workflow are committed together. */
export async function beginAttempt(
  { config, publishing }: Pick<Services, 'config' | 'publishing'>,
  tx: Transaction,
  post: NextPost,
  {
    attemptId,
    from,
    reason,
  }: {
    readonly attemptId: string;
    readonly from: 'queued' | 'publishing';
    readonly reason: 'attempt_started' | 'new_attempt';
  },
): Promise<void> {
  const number = post.attempts + 1;
  const isUpload =
    post.media_type === 'VIDEO' && !post.has_url && config.videoTransfer === 'upload';
  const source = isUpload ? 'FILE_UPLOAD' : 'PULL_FROM_URL';
  const values = [attemptId, post.workspace_id, post.id, post.account_id, number, source];
  // Sent together: the post is locked, and nothing of it stays if one of them fails.
  const moving = movePost(tx, {
    postId: post.id,
    from,
    to: 'publishing',
    reason,
    attemptId,
    set: {
      attempt_id: attemptId,
      attempts: number,
      phase: 'preflight',
      bytes_total: post.bytes_total,
      bytes_confirmed: 0,
      publish_id: null,
      polls: 0,
    },
  });
  const [isMoved] = await Promise.all([
    moving,
    tx.executeQuery(preparedQuery('insert_attempt', INSERT_ATTEMPT, values)),
    publishing.enqueue(tx, { workspaceId: post.workspace_id, attemptId }),
  ]);
  if (!isMoved) throw new Error(`The post ${post.id} was locked, and moved all the same`);
  await recordEvent(tx, {
    type: 'attempt.started',
    postId: post.id,
    accountId: post.account_id,
    attemptId,
    details: { number, source },
  });
}

const INSERT_ATTEMPT = `
insert into attempts (id, workspace_id, post_id, account_id, number, source)
values ($1, $2, $3, $4, $5, $6)`;
