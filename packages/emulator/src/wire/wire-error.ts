import type { RuleName } from '../rules/rules.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { errorCodes } from './error-codes.ts';

/** What may be said about a refusal beyond its code. */
export interface WireErrorOptions {
  /** Replaces the code's sentence. */
  readonly message?: string;
  /** Replaces the code's HTTP status, as creator info does with 200. */
  readonly status?: number;
  /** The rule that the client broke: recorded as a violation. */
  readonly rule?: RuleName;
  /** What exactly broke it; default: the message. */
  readonly detail?: string;
  /** Milliseconds until the request would be taken, for a 429. */
  readonly retryAfterMs?: number;
}

/** A refusal that is answered in the `{data, error}` envelope. Throw it from a route. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: ErrorCodeName;
  readonly status: number;
  readonly rule: RuleName | undefined;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCodeName, options: WireErrorOptions = {}) {
    super(options.message ?? errorCodes[code].message);
    this.code = code;
    this.status = options.status ?? errorCodes[code].status;
    this.rule = options.rule;
    this.detail = options.detail ?? this.message;
    this.retryAfterMs = options.retryAfterMs;
  }
}
