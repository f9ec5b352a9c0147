/** What is written of an error. */
export interface WrittenError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: WrittenError;
  readonly errors?: readonly WrittenError[];
}

// Chains are short in practice; the bound is for those that bite their tail.
const DEEPEST = 8;

/**
 * Writes what helps of an error: its name, message, code, stack and causes. Libraries hang connections, requests and
 * rows on their errors; none of that is written.
 */
export function serializeError(error: unknown, depth = 0): WrittenError {
  if (!(error instanceof Error)) return { type: typeof error, message: describe(error) };
  const goesOn = depth < DEEPEST;
  return {
    type: error.constructor.name,
    message: error.message,
    ...('code' in error && error.code !== undefined ? { code: String(error.code) } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || !goesOn
      ? {}
      : { cause: serializeError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && goesOn
      ? { errors: error.errors.slice(0, DEEPEST).map((one) => serializeError(one, depth + 1)) }
      : {}),
  };
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown);
  } catch {
    return 'something that cannot be written';
  }
}
