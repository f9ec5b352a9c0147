import { type ProblemCode, type ProblemField, problemKinds } from '@greenroom/contract';

/** What a problem may carry beyond its code and its detail. */
export interface ProblemOptions extends ErrorOptions {
  /** Each field of the request that is not valid. */
  readonly errors?: readonly ProblemField[];
  /** What TikTok answered, when the problem is TikTok's. */
  readonly tiktok?: { readonly code: string; readonly log_id: string | null };
  /** After how many seconds the same request may succeed; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Methods that the address takes; becomes `Allow`. */
  readonly allow?: readonly string[];
}

/**
 * A request cannot be answered as asked; becomes a problem document. Any part may throw it.
 *
 * `detail` is shown to whoever asked, so it names no secret and no inner working.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Which kind of problem of the contract it is. */
  readonly code: ProblemCode;
  /** What the document carries beside code and detail. */
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.code = code;
    this.options = options;
  }

  /** HTTP status of the answer. */
  get status(): number {
    return problemKinds[this.code].status;
  }
}
