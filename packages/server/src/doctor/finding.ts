/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, such as `master_key`. */
  readonly check: string;
  /** `failed` keeps Greenroom from working, `warning` does not yet, `skipped` could not be looked at. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly words: string;
  /** What to do about it, when something is to be done. */
  readonly remedy?: string;
}

/** All is well. */
export function ok(check: string, words: string): Finding {
  return { check, status: 'ok', words };
}

/** It could not be looked at, because of something that another finding tells. */
export function skipped(check: string, words: string): Finding {
  return { check, status: 'skipped', words };
}

/** It works, and may not for long, or not for everybody. */
export function warning(check: string, words: string, remedy: string): Finding {
  return { check, status: 'warning', words, remedy };
}

/** It does not work. */
export function failed(check: string, words: string, remedy: string): Finding {
  return { check, status: 'failed', words, remedy };
}

/** Makes a finding of an error: the errors of our own parts say what to do in their message. */
export function failedBy(check: string, error: unknown, remedy?: string): Finding {
  const words = error instanceof Error ? error.message : String(error);
  const own = error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined;
  const todo = remedy ?? own;
  return { check, status: 'failed', words, ...(todo === undefined ? {} : { remedy: todo }) };
}

/** Says why something could not be asked: Node keeps the reason of "fetch failed" in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== ''
    ? `${error.message} (${error.cause.message})`
    : error.message;
}
