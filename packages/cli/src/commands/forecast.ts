import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../context.ts';
import type { WhenOptions } from '../posts/when.ts';

interface ForecastOptions extends WhenOptions {
  readonly account?: readonly string[];
  readonly count: number;
  readonly inbox?: boolean;
}

/** `greenroom forecast`: says when posts can go out, and why not sooner. */
export function registerForecast(program: Command, context: CliContext): void {
  program
    .command('forecast [posts...]')
    .description('say when posts can go out, and why not sooner; nothing is stored')
    .option('--account <accounts...>', 'for posts only thought of, to these accounts')
    .option('--count <n>', 'how many of them for each account', toCount, 1)
    .option('--at <moment>', 'when they are wanted: 2026-12-01 09:00, or with an offset')
    .option('--time-zone <zone>', 'zone of --at; without it, this machine’s')
    .option('--inbox', 'as drafts for the creator’s inbox')
    .action((ids: string[], options: ForecastOptions) => run(context, ids, options));
}

async function run(
  context: CliContext,
  ids: readonly string[],
  { account = [], count, inbox, ...when }: ForecastOptions,
): Promise<void> {
  const [{ findId }, { readWhen }, { toTable }, { UsageError }] = await Promise.all([
    import('../find-account.ts'),
    import('../posts/when.ts'),
    import('../output.ts'),
    import('../errors.ts'),
  ]);
  if (ids.length === 0 && account.length === 0) {
    throw new UsageError('Name posts, or accounts with --account.');
  }
  const publishAt = (await readWhen(when)) ?? null;
  const api = await context.connectToServer();
  const accountIds = await Promise.all(account.map((name) => findId(api, name)));
  const forecast = await api.forecastPosts(
    {
      post_ids: [...ids],
      posts: accountIds.flatMap((account_id) =>
        Array.from({ length: count }, () => ({
          account_id,
          publish_at: publishAt,
          post_mode: inbox === true ? ('MEDIA_UPLOAD' as const) : ('DIRECT_POST' as const),
        })),
      ),
    },
    { timeoutMs: 60_000 },
  );
  context.output.print(forecast, () => {
    const rows = forecast.items.map((item) => [
      item.post_id ?? '(thought of)',
      item.account_id,
      item.wanted_at,
      item.goes_out_at ?? 'not within seven days',
      item.reasons.map(({ words }) => words).join(' '),
    ]);
    return toTable(['post', 'account', 'wanted', 'goes out', 'why not sooner'], rows);
  });
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 10000.');
}
