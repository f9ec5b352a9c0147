import type { Post } from './posts/post-types.ts';

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command could not be done, for a reason that the message says with what to do about it: exit code 1. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  /** What to do about it, in words. */
  readonly remedy: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly remedy?: string } = {}) {
    super(message, options);
    this.remedy = options.remedy;
  }
}

/** Some posts were made, and the next was not: the cause says why, and this what is there already. Exit code 1. */
export class PartlyMadeError extends CommandError {
  override readonly name = 'PartlyMadeError';
  /** The posts that were made. */
  readonly posts: readonly Post[];

  constructor(
    message: string,
    options: ErrorOptions & { readonly remedy: string; readonly posts: readonly Post[] },
  ) {
    super(message, options);
    this.posts = options.posts;
  }
}

/** Exit code for an error: 2 when the command or the configuration makes no sense, 1 when it failed. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const name = error instanceof Error ? error.name : '';
  return name === 'UsageError' || name === 'ConfigError' ? 2 : 1;
}

/** Says in words what went wrong and what to do; the stack only when somebody debugs. */
export async function explain(error: unknown, isDebugging: boolean): Promise<string> {
  if (isDebugging && error instanceof Error) return stackOf(error);
  if (!(error instanceof Error)) return String(error);
  if (error instanceof PartlyMadeError) {
    return [await explain(error.cause, isDebugging), error.message, error.remedy].join('\n');
  }
  const problem = problemOf(error);
  if (problem !== undefined) return explainProblem(problem, await findRemedy(problem.code));
  const remedy = remedyOf(error);
  // Who knows what to do has said all there is to say.
  const lines = remedy === undefined ? [messageOf(error)] : [error.message, remedy];
  if ('code' in error && error.code === 'no-answer') {
    lines.push('Is it running? "greenroom serve" starts one here; GREENROOM_URL names another.');
  }
  // What nobody foresaw has no words of ours.
  if (isUnforeseen(error)) lines.push('Run it again with --debug to see where this happened.');
  return lines.join('\n');
}

/** The same for `--json`: one object. Posts that were made stand where they stand when all were. */
export async function toErrorObject(error: unknown): Promise<Record<string, unknown>> {
  if (error instanceof PartlyMadeError) {
    return { posts: error.posts, ...(await toErrorObject(error.cause)) };
  }
  const problem = error instanceof Error ? problemOf(error) : undefined;
  if (problem !== undefined) {
    const remedy = await findRemedy(problem.code);
    return { error: remedy === undefined ? problem : { ...problem, remedy } };
  }
  if (!(error instanceof Error)) return { error: { title: String(error) } };
  const remedy = remedyOf(error);
  const problems = 'problems' in error ? error.problems : undefined;
  return {
    error: {
      title: remedy === undefined ? messageOf(error) : error.message,
      ...(remedy === undefined ? {} : { remedy }),
      ...(problems === undefined ? {} : { problems }),
    },
  };
}

/** RFC 9457, as Greenroom's server answers. */
interface Problem {
  readonly title: string;
  readonly type?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly instance?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

// Told by what it carries: loading the contract for its class would slow every command.
function problemOf(error: Error): Problem | undefined {
  if (!('problem' in error)) return undefined;
  const { problem } = error;
  const isProblem = typeof problem === 'object' && problem !== null && 'title' in problem;
  // The client of the contract read it from an answer.
  return isProblem ? (problem as Problem) : undefined;
}

/** What the contract says is to be done about a kind of problem. Whoever met one has loaded it already. */
async function findRemedy(code: string | undefined): Promise<string | undefined> {
  const { problemKinds } = await import('@greenroom/contract');
  const kinds: Readonly<Record<string, { readonly remedy: string }>> = problemKinds;
  // A newer server may have kinds that this one does not know.
  return code !== undefined && Object.hasOwn(kinds, code) ? kinds[code]?.remedy : undefined;
}

function explainProblem(problem: Problem, remedy: string | undefined): string {
  const { title, detail, errors = [], instance } = problem;
  return [
    detail === undefined || detail === title ? title : `${title}: ${detail}`,
    ...errors.map((one) => `  ${one.pointer} ${one.detail}`),
    ...(remedy === undefined ? [] : [remedy]),
    ...(instance === undefined ? [] : [`(request ${instance})`]),
  ].join('\n');
}

function remedyOf(error: Error): string | undefined {
  return 'remedy' in error && typeof error.remedy === 'string' ? error.remedy : undefined;
}

function isUnforeseen(error: Error): boolean {
  return ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError'].includes(
    error.name,
  );
}

function messageOf(error: Error): string {
  // Node's network errors say "fetch failed" and keep the reason in the cause.
  const cause = error.cause instanceof Error ? messageOf(error.cause) : '';
  const message = error.message === '' ? error.name : error.message;
  return cause === '' || message.includes(cause) ? message : `${message} (${cause})`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
