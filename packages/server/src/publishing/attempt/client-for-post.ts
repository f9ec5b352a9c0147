import {
  type RateLimiter,
  type RateSlotRequest,
  type TikTokClient,
  TikTokError,
} from '@greenroom/sdk';
import type { Transaction } from '../../db/database.ts';
import { recordEvents } from '../../events/record-event.ts';
import type { Services } from '../../http/services.ts';
import { listenForLogId } from './log-id.ts';

/** For which attempt TikTok is called, and why: the audit log and the post's timeline say so. */
export interface PostCall {
  readonly workspaceId: string;
  readonly accountId: string;
  readonly postId: string;
  readonly attemptId: string | null;
  readonly reason: string;
}

/** How a post's client differs from an ordinary one. */
export interface PostClientOptions {
  /** How long a call waits for its slot; 0 throws at once. */
  readonly patienceMs: number;
  /** Done once a call has its slot, right before it is sent. What it throws, the call throws, and nothing is sent. */
  readonly beforeSending?: (request: RateSlotRequest) => Promise<void>;
}

/** A client of TikTok's API whose calls show in the timeline of a post. */
export interface PostClient {
  readonly client: TikTokClient;
  /** Writes what was answered since the last time, in the transaction of what follows from it. */
  recordAnswers(tx: Transaction): Promise<void>;
  /** Takes the last {@link PostClient.recordAnswers} back, because its transaction was not committed. */
  restoreAnswers(): void;
}

/**
 * Makes a client for the calls of one post: it keeps to the ledger, leaves TikTok alone while that does not answer,
 * and notes every answer with its `log_id`. Nothing is sent again by itself: whoever asks decides.
 */
export function clientForPost(
  { broker, ledger }: Pick<Services, 'broker' | 'ledger'>,
  call: PostCall,
  { beforeSending, patienceMs }: PostClientOptions,
): PostClient {
  const { accountId, attemptId, postId, reason, workspaceId } = call;
  const notes = new AnswerNotes(
    ledger.limiterFor({ workspaceId, accountId }, { patienceMs }),
    beforeSending,
  );
  const actor = { kind: 'system', id: 'publishing' } as const;
  const client = broker.clientFor(
    { workspaceId, accountId, actor, reason },
    {
      maxRetries: 0,
      keepsToken: true,
      limiter: notes,
      fetch: listenForLogId((logId) => notes.hear(logId)),
    },
  );
  return {
    client,
    recordAnswers: (tx) =>
      recordEvents(
        tx,
        notes.take().map((details) => ({
          type: 'request.answered' as const,
          postId,
          accountId,
          attemptId,
          details,
        })),
      ),
    restoreAnswers: () => notes.restore(),
  };
}

/** What is told of a request in the timeline. */
interface Answer {
  readonly request: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly log_id: string | null;
  readonly ms: number;
}

/** Takes slots from the ledger, and notes of each call how it ended. */
class AnswerNotes implements RateLimiter {
  readonly #limiter: RateLimiter;
  readonly #beforeSending: PostClientOptions['beforeSending'];
  readonly #begun = new WeakMap<RateSlotRequest, number>();
  #answers: readonly Answer[] = [];
  #taken: readonly Answer[] = [];
  #logId: string | null = null;

  constructor(limiter: RateLimiter, beforeSending: PostClientOptions['beforeSending']) {
    this.#limiter = limiter;
    this.#beforeSending = beforeSending;
  }

  async acquire(request: RateSlotRequest): Promise<void> {
    await this.#limiter.acquire(request);
    try {
      await this.#beforeSending?.(request);
    } catch (error) {
      // The slot is taken; TikTok was not asked, so there is nothing to be learned about it.
      this.#limiter.ended?.(request, new NotSent(error));
      throw error;
    }
    this.#logId = null;
    this.#begun.set(request, performance.now());
  }

  ended(request: RateSlotRequest, error?: unknown): void {
    this.#limiter.ended?.(request, error);
    const ms = Math.round(performance.now() - (this.#begun.get(request) ?? performance.now()));
    const answer = { request: request.endpoint, ms, ...this.#read(error) };
    this.#answers = [...this.#answers, answer];
  }

  state(): ReturnType<RateLimiter['state']> {
    return this.#limiter.state();
  }

  /** Notes the `log_id` of the answer that is being read. */
  hear(logId: string): void {
    this.#logId = logId;
  }

  take(): readonly Answer[] {
    this.#taken = this.#answers;
    this.#answers = [];
    return this.#taken;
  }

  restore(): void {
    this.#answers = [...this.#taken, ...this.#answers];
    this.#taken = [];
  }

  #read(error: unknown): Pick<Answer, 'status' | 'code' | 'log_id'> {
    if (error === undefined) return { status: 200, code: null, log_id: this.#logId };
    if (!(error instanceof TikTokError)) return { status: null, code: 'aborted', log_id: null };
    const { code, logId = null, status = null } = error;
    return { status, code, log_id: logId ?? this.#logId };
  }
}

/** What the ledger hears of a call that was never sent. */
class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor(cause: unknown) {
    super('The call was not sent', { cause });
  }
}
