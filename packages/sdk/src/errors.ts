import { explain, type WhoseMove } from './explanations.ts';
import { redactCause, redactText } from './redact.ts';

/** What an error of the SDK is made of. */
export interface TikTokErrorFacts {
  /** TikTok's own code, or one of ours where TikTok gave none. */
  readonly code: string;
  /** What happened, for a log; by default the explanation. Secrets are taken out of it. */
  readonly message?: string | undefined;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number | undefined;
  /** See {@link TikTokError.request}. */
  readonly request?: string | undefined;
  /** TikTok's `log_id`, which its support asks for. */
  readonly logId?: string | undefined;
  /** See {@link TikTokError.isRepeatSafe}; by default what the catalogue says of the code. */
  readonly isRepeatSafe?: boolean | undefined;
  /** See {@link TikTokError.isRetryable}; by default what the catalogue says of the code. */
  readonly isRetryable?: boolean | undefined;
  /** See {@link TikTokError.whoseMove}; by default what the catalogue says of the code. */
  readonly whoseMove?: WhoseMove | undefined;
  /** See {@link TikTokError.explanation}; by default what the catalogue says of the code. */
  readonly explanation?: string | undefined;
  /** What led to it. A copy without secrets is kept. */
  readonly cause?: unknown;
  /** Strings that must not be seen in the message or in the cause; they are not kept. */
  readonly secrets?: readonly string[] | undefined;
}

/**
 * Base class of everything the SDK throws on purpose.
 *
 * No token, secret, authorization code or `upload_url` is in its message, its causes, its JSON or
 * its printed form. What a caller aborts rejects with the signal's own reason instead.
 *
 * @example
 * ```ts
 * import { TikTokClient, TikTokError } from '@greenroom/sdk';
 *
 * const client = new TikTokClient({ accessToken: 'act.example' });
 * try {
 *   await client.queryCreatorInfo();
 * } catch (error) {
 *   if (!(error instanceof TikTokError)) throw error;
 *   const { code, whoseMove, explanation, isRetryable } = error;
 *   console.error({ code, whoseMove, explanation, isRetryable });
 * }
 * ```
 */
export class TikTokError extends Error {
  override readonly name: string = 'TikTokError';
  /** TikTok's own code, such as `rate_limit_exceeded`, or one of ours, such as `timeout`. */
  readonly code: string;
  /** HTTP status of the answer; `undefined` if none came. */
  readonly status: number | undefined;
  /**
   * The request to TikTok's API that failed, such as `POST /v2/post/publish/video/init/`; `undefined`
   * if it is about something else.
   */
  readonly request: string | undefined;
  /** TikTok's `log_id`; `undefined` if none came. Quote it to TikTok's support. */
  readonly logId: string | undefined;
  /**
   * Whether the same call, sent again, cannot do its work twice. False when TikTok may have acted
   * although no clear answer came, as after an init that timed out: ask for the status, or look at
   * the account, before sending it again.
   */
  readonly isRepeatSafe: boolean;
  /**
   * Whether the same call, sent again later and unchanged, may succeed and is safe to repeat.
   * Reads were already repeated when their error reaches the caller.
   */
  readonly isRetryable: boolean;
  /** Who has to do something before it can work. */
  readonly whoseMove: WhoseMove;
  /** What happened and what to do about it, in a sentence or two for a person. */
  readonly explanation: string;

  constructor(facts: TikTokErrorFacts) {
    const { secrets } = facts;
    const known = explain(facts.code, facts.status);
    const { explanation = known.sentence, message = explanation } = facts;
    const cause = redactCause(facts.cause, secrets);
    super(redactText(message, secrets), cause === undefined ? undefined : { cause });
    this.code = redactText(facts.code, secrets);
    this.status = facts.status;
    this.request = facts.request;
    this.logId = facts.logId && redactText(facts.logId, secrets);
    this.isRepeatSafe = facts.isRepeatSafe ?? known.isRepeatSafe;
    this.isRetryable = this.isRepeatSafe && (facts.isRetryable ?? known.isRetryable);
    this.whoseMove = facts.whoseMove ?? known.whoseMove;
    this.explanation = redactText(explanation, secrets);
  }

  /** The facts as plain JSON, for a log. */
  toJSON(): Record<string, unknown> {
    // Its own fields are facts without secrets; the message is not enumerable.
    const facts: Record<string, unknown> = { name: this.name };
    return Object.assign(facts, this, { message: this.message });
  }
}

/** TikTok answered, and the answer was an error of the `{data, error}` envelope or of its gateway. */
export class TikTokApiError extends TikTokError {
  override readonly name: string = 'TikTokApiError';
  /** How long TikTok asked to wait, in milliseconds, if it did (it documents no such header). */
  readonly retryAfterMs: number | undefined;

  constructor(facts: TikTokErrorFacts & Pick<Partial<TikTokApiError>, 'retryAfterMs'>) {
    super(facts);
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/**
 * A login failed: the OAuth endpoints answered with their flat error, or the redirect brought one
 * back, or the state did not match.
 */
export class TikTokOAuthError extends TikTokError {
  override readonly name: string = 'TikTokOAuthError';
  /** What a refused redirect says that the error is about (`error_type`), such as `client_key`. */
  readonly errorType: string | undefined;

  constructor(facts: TikTokErrorFacts & Pick<Partial<TikTokOAuthError>, 'errorType'>) {
    super(facts);
    this.errorType = facts.errorType;
  }
}

/**
 * No answer of TikTok's came: the connection failed or was cut, or what came was a redirect, an
 * HTML page, an empty or a half answer.
 */
export class TikTokNetworkError extends TikTokError {
  override readonly name: string = 'TikTokNetworkError';
}

/** The deadline passed before the answer was complete. */
export class TikTokTimeoutError extends TikTokError {
  override readonly name: string = 'TikTokTimeoutError';
}

/** The bytes of a video could not be brought to TikTok. */
export class TikTokUploadError extends TikTokError {
  override readonly name: string = 'TikTokUploadError';
}

/** Refused before any request was sent: what was asked for cannot succeed. */
export class TikTokValidationError extends TikTokError {
  override readonly name: string = 'TikTokValidationError';
}

/** Refuses an argument, in a sentence for a person. */
export function invalidArgument(explanation: string): TikTokValidationError {
  return new TikTokValidationError({ code: 'argument_invalid', explanation });
}

/** A webhook is not TikTok's, is too old, or cannot be read. Answer it with 4xx and do nothing. */
export class TikTokWebhookSignatureError extends TikTokError {
  override readonly name: string = 'TikTokWebhookSignatureError';
}
