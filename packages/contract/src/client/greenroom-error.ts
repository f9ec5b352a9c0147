import { z } from 'zod';
import { ProblemSchema } from '../problem-document.ts';
import type { ProblemCode } from '../problems.ts';

/** A problem document as a client meets it: a newer server may have kinds that this version does not know. */
export const MetProblemSchema = ProblemSchema.extend({ code: z.string() });

/** A problem document as a client meets it. */
export type MetProblem = z.output<typeof MetProblemSchema>;

/**
 * Why a call has no answer: the problem that Greenroom answered, or one of the client's own. `no-answer`:
 * Greenroom could not be reached, or the connection was cut. `timed-out`: the deadline passed.
 * `unexpected-answer`: something answered that is not this API, such as a proxy.
 */
export type GreenroomErrorCode =
  | ProblemCode
  | 'no-answer'
  | 'timed-out'
  | 'unexpected-answer'
  | (string & {});

/** Facts about a call that failed. */
export interface GreenroomErrorOptions extends ErrorOptions {
  /** HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** The problem document, if Greenroom answered one. */
  readonly problem?: MetProblem | undefined;
  /** From the `Retry-After` header. */
  readonly retryAfterSeconds?: number | undefined;
}

/** A call to Greenroom has failed. */
export class GreenroomError extends Error {
  override readonly name = 'GreenroomError';
  /** What went wrong, for programs. */
  readonly code: GreenroomErrorCode;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The problem document, if Greenroom answered one; `errors` in it names each field that is not valid. */
  readonly problem: MetProblem | undefined;
  /** After how many seconds Greenroom asks to try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: GreenroomErrorCode, message: string, options: GreenroomErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.problem = options.problem;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /**
   * Whether the same request, sent again a little later, may succeed. Repeat a write that creates only with
   * an idempotency key: after a lost answer it may have been done.
   */
  get isRetryable(): boolean {
    return this.code === 'no-answer' || this.code === 'timed-out' || RETRYABLE.has(this.code);
  }
}

const RETRYABLE: ReadonlySet<string> = new Set<ProblemCode>([
  'request-timeout',
  'idempotency-in-flight',
  'too-many-requests',
  'tiktok-rate-limited',
  'unavailable',
  'tiktok-unavailable',
  'tiktok-timeout',
]);
