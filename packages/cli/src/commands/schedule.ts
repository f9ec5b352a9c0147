import type { Client } from '@greenroom/contract';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addChoiceOptions, type ChoiceOptions, chosenIn, listMissing } from '../posts/choices.ts';
import type { Draft } from '../posts/judge-draft.ts';
import type { Post } from '../posts/post-types.ts';
import type { WhenOptions } from '../posts/when.ts';

interface ScheduleOptions extends ChoiceOptions, WhenOptions {
  readonly now?: boolean;
  readonly allowDuplicate?: boolean;
  readonly agree?: boolean;
}

/** `greenroom schedule`: lets a post go out that waits for a person, or moves it to another moment. */
export function registerSchedule(program: Command, context: CliContext): void {
  const schedule = program
    .command('schedule <post>')
    .description('schedule a draft or a held post, or move a scheduled one');
  addChoiceOptions(schedule)
    .option(
      '--at <moment>',
      'when: 2026-12-01 09:00, or with an offset; without it, as the post says',
    )
    .option('--time-zone <zone>', 'zone of --at, such as Europe/Berlin; without it, this machine’s')
    .option('--now', 'at once, whatever the post says')
    .option('--allow-duplicate', 'also when the same went to the account within 24 hours')
    .option('--agree', 'agree to the declaration that TikTok requires; it is printed')
    .action((post: string, options: ScheduleOptions) => run(context, post, options));
}

async function run(context: CliContext, id: string, options: ScheduleOptions): Promise<void> {
  const [{ readWhen }, { showPosts }, { UsageError }] = await Promise.all([
    import('../posts/when.ts'),
    import('../posts/show-posts.ts'),
    import('../errors.ts'),
  ]);
  if (options.now === true && options.at !== undefined) {
    throw new UsageError('Take --at or --now, not both.');
  }
  const at = options.now === true ? null : await readWhen(options);
  const api = await context.connectToServer();
  const post = await api.getPost({ id });
  const agreed = await completePost(context, api, post, options);
  const scheduled = await api.schedulePost(
    {
      ...agreed,
      id,
      ...(at === undefined ? {} : { publish_at: at }),
      allow_duplicate: options.allowDuplicate === true,
    },
    { timeoutMs: 60_000 },
  );
  showPosts(context, [scheduled]);
}

/** Whatever the post lacks to go out is chosen and agreed to; what it has already is not asked for again. */
async function completePost(
  context: CliContext,
  api: Client,
  post: Post,
  options: ScheduleOptions,
): Promise<{ readonly version: number; readonly consent?: { readonly declaration: string } }> {
  const isChanged = listMissing(options).length < 3;
  if (post.consent !== null && !isChanged) return { version: post.version };
  const { compose } = await import('../posts/compose.ts');
  const { declaration, draft } = await compose(context, api, {
    accounts: [{ id: post.account_id, name: post.account_id }],
    draft: toDraft(post),
    choices: { ...chosenIn(post), ...options },
    agree: options.agree === true,
  });
  const { version } = await api.updatePost({ id: post.id, version: post.version, ...draft });
  return declaration === null ? { version } : { version, consent: { declaration } };
}

function toDraft(post: Post): Draft {
  return {
    media_type: post.media_type,
    post_mode: post.post_mode,
    media: post.media.flatMap(({ media_id, url }): NonNullable<Draft['media']> => {
      if (media_id !== null) return [{ media_id }];
      return url === null ? [] : [{ url }];
    }),
    title: post.title,
    description: post.description,
    is_aigc: post.is_aigc,
    auto_add_music: post.auto_add_music,
    video_cover_timestamp_ms: post.video_cover_timestamp_ms,
    photo_cover_index: post.photo_cover_index,
  };
}
