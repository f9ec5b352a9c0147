import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { POST_STATES, type PostState, type TimelineEntry } from '../posts/post-types.ts';

interface ListOptions {
  readonly state?: PostState;
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

interface ResolveOptions {
  readonly outcome: keyof typeof OUTCOMES;
  readonly attempt?: number;
  readonly postId?: string;
}

interface RetryOptions {
  readonly agree?: boolean;
  readonly allowDuplicate?: boolean;
}

const OUTCOMES = { posted: true, not_posted: true, send_again: true } as const;

/** `greenroom posts`: looks at posts, and decides about them. */
export function registerPosts(program: Command, context: CliContext): void {
  const posts = program.command('posts').description('look at posts, and decide about them');
  posts
    .command('list')
    .description('list posts, newest first')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices(Object.keys(POST_STATES)),
    )
    .option('--account <account>', 'only those of this account (id or @handle)')
    .option('--from <moment>', 'only those to be published at this moment or later')
    .option('--to <moment>', 'only those to be published before this moment')
    .option('--limit <n>', 'how many at most', toWholeNumber, 50)
    .action((options: ListOptions) => list(context, options));
  posts
    .command('show <post>')
    .description('show a post and everything that happened to it')
    .action((id: string) => show(context, id));
  posts
    .command('cancel <post>')
    .description('cancel a post, as long as it cannot have been posted')
    .action((id: string) => cancel(context, id));
  posts
    .command('retry <post>')
    .description('send a failed post again')
    .option('--agree', 'agree to the declaration that TikTok requires; it is printed')
    .option('--allow-duplicate', 'also when the same went to the account within 24 hours')
    .action((id: string, options: RetryOptions) => retry(context, id, options));
  posts
    .command('resolve <post>')
    .description('say what became of a post whose outcome is unknown, after looking at the account')
    .addOption(
      new Option('--outcome <outcome>', 'what you found there')
        .choices(Object.keys(OUTCOMES))
        .makeOptionMandatory(),
    )
    .option(
      '--attempt <number>',
      'the last attempt when you looked, as `posts show` counts them (default: the present one)',
      toWholeNumber,
    )
    .option('--post-id <id>', 'id of the public post, where there is one')
    .action((id: string, options: ResolveOptions) => resolve(context, id, options));
  posts
    .command('watch [posts...]')
    .description('say what happens to posts until nothing goes on by itself; without one, to all')
    .action((ids: string[]) => watch(context, ids));
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const { printPosts } = await import('../posts/list-posts.ts');
  await printPosts(context, options);
}

async function show(context: CliContext, id: string): Promise<void> {
  const api = await context.connectToServer();
  const { describePost, describeTimeline } = await import('../posts/post-words.ts');
  const post = await api.getPost({ id });
  const timeline: TimelineEntry[] = [];
  for await (const entry of api.each.getPostTimeline({ id, limit: 100 })) timeline.push(entry);
  context.output.print(
    { post, timeline },
    () => `${describePost(post)}\n\n${describeTimeline(timeline)}`,
  );
}

async function cancel(context: CliContext, id: string): Promise<void> {
  const api = await context.connectToServer();
  const { showPosts } = await import('../posts/show-posts.ts');
  showPosts(context, [await api.cancelPost({ id }, { timeoutMs: 60_000 })]);
}

async function retry(
  context: CliContext,
  id: string,
  { agree, allowDuplicate }: RetryOptions,
): Promise<void> {
  const api = await context.connectToServer();
  const [{ agreeAgain }, { showPosts }] = await Promise.all([
    import('../posts/agree-again.ts'),
    import('../posts/show-posts.ts'),
  ]);
  const consent = await agreeAgain(context, api, id, agree === true);
  const allow = { allow_duplicate: allowDuplicate === true };
  showPosts(context, [await api.retryPost({ id, ...consent, ...allow }, { timeoutMs: 60_000 })]);
}

async function resolve(
  context: CliContext,
  id: string,
  { attempt, outcome, postId }: ResolveOptions,
): Promise<void> {
  const api = await context.connectToServer();
  const { showPosts } = await import('../posts/show-posts.ts');
  const attempts = attempt ?? (await api.getPost({ id })).attempts;
  const found = { outcome, attempts, ...(postId && { post_id: postId }) };
  const post = await api.resolvePost({ id, ...found });
  showPosts(context, [post]);
}

async function watch(context: CliContext, ids: readonly string[]): Promise<void> {
  const signal = context.stopSignal();
  if (ids.length === 0) {
    const { watchAll } = await import('../posts/watch-all.ts');
    await watchAll(context, signal);
    return;
  }
  const api = await context.connectToServer();
  const { followAll } = await import('../posts/show-posts.ts');
  await followAll(context, api, ids, signal);
}

function toWholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('It is a whole number from 1.');
}
