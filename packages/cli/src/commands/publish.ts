import type { Client } from '@greenroom/contract';
import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../context.ts';
import { addChoiceOptions, type ChoiceOptions } from '../posts/choices.ts';
import type { Draft } from '../posts/judge-draft.ts';
import type { Post } from '../posts/post-types.ts';
import type { WhenOptions } from '../posts/when.ts';

interface PublishOptions extends ChoiceOptions, WhenOptions {
  readonly account: readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly inbox?: boolean;
  readonly aiGenerated?: boolean;
  readonly addMusic?: boolean;
  readonly coverMs?: number;
  readonly coverIndex?: number;
  readonly allowDuplicate?: boolean;
  readonly agree?: boolean;
  readonly wait?: boolean;
}

/** `greenroom publish`: from files on this machine to posts on TikTok. */
export function registerPublish(program: Command, context: CliContext): void {
  const publish = program
    .command('publish <files...>')
    .description('upload a video, or photos, and post it: now, or at a moment')
    .requiredOption('--account <accounts...>', 'for these accounts (id or @handle)')
    .option('--title <text>', 'caption of a video, title of photos')
    .option('--description <text>', 'text of photos')
    .option('--inbox', 'as a draft in the creator’s inbox, who finishes it in the TikTok app');
  addChoiceOptions(publish)
    .option('--at <moment>', 'when: 2026-12-01 09:00, or with an offset; without it, now')
    .option('--time-zone <zone>', 'zone of --at, such as Europe/Berlin; without it, this machine’s')
    .option('--ai-generated', 'label it as made by AI')
    .option('--add-music', 'let TikTok add music to photos')
    .option('--cover-ms <ms>', 'cover of a video: the frame at this moment', toCount)
    .option('--cover-index <n>', 'cover of photos: the n-th, from 0', toCount)
    .option('--allow-duplicate', 'also when the same went to the account within 24 hours')
    .option('--agree', 'agree to the declaration that TikTok requires; it is printed')
    .option('--wait', 'wait until TikTok has posted it')
    .addHelpText(
      'after',
      '\nA file is a path, the id of a file in Greenroom, or an address under a domain that TikTok has verified.\nOn a terminal you are asked for what is missing; a script gives --privacy, --allow, --promotes and --agree.',
    )
    .action((files: string[], options: PublishOptions) => run(context, files, options));
}

async function run(
  context: CliContext,
  files: readonly string[],
  options: PublishOptions,
): Promise<void> {
  const [
    { bringMedia, guessMediaType, toPieces },
    { readWhen },
    { compose },
    { createPosts },
    { findId },
  ] = await Promise.all([
    import('../posts/pieces.ts'),
    import('../posts/when.ts'),
    import('../posts/compose.ts'),
    import('../posts/create-posts.ts'),
    import('../find-account.ts'),
  ]);
  const publishAt = await readWhen(options);
  const pieces = await toPieces(files);
  const draft = toDraft(options, guessMediaType(pieces), publishAt);
  const api = await context.connectToServer();
  const accounts = await Promise.all(
    options.account.map(async (name) => ({ id: await findId(api, name), name })),
  );
  const signal = context.stopSignal();
  // What needs no upload is judged before the person is asked, and files after it.
  const isUploaded = pieces.some(({ kind }) => kind === 'file');
  const media = isUploaded ? undefined : await bringMedia(context, api, pieces, signal);
  const { declaration, draft: whole } = await compose(context, api, {
    accounts,
    draft: { ...draft, ...(media && { media }) },
    choices: options,
    agree: options.agree === true,
    bringMedia: async () => media ?? bringMedia(context, api, pieces, signal),
  });
  const schedule = {
    ...(declaration === null ? {} : { consent: { declaration } }),
    allow_duplicate: options.allowDuplicate === true,
    // TikTok was asked about every creator just now, and is asked again before each post is sent.
    check_creator: false,
  };
  const posts = await createPosts(api, accounts, { ...whole, schedule }, signal);
  await finish(context, api, posts, options.wait === true, signal);
}

function toDraft(
  options: PublishOptions,
  mediaType: 'VIDEO' | 'PHOTO',
  publishAt: string | undefined,
): Draft {
  return {
    media_type: mediaType,
    post_mode: options.inbox === true ? 'MEDIA_UPLOAD' : 'DIRECT_POST',
    title: options.title ?? '',
    description: options.description ?? '',
    is_aigc: options.aiGenerated === true,
    auto_add_music: options.addMusic === true,
    ...(options.coverMs === undefined ? {} : { video_cover_timestamp_ms: options.coverMs }),
    ...(options.coverIndex === undefined ? {} : { photo_cover_index: options.coverIndex }),
    ...(publishAt === undefined ? {} : { publish_at: publishAt }),
  };
}

async function finish(
  context: CliContext,
  api: Client,
  posts: readonly Post[],
  doesWait: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { showPosts, followAll } = await import('../posts/show-posts.ts');
  if (!doesWait) {
    showPosts(context, posts);
    const ids = posts.map(({ id }) => id).join(' ');
    context.output.talk(`Watch it with "greenroom posts watch ${ids}".`);
    return;
  }
  await followAll(
    context,
    api,
    posts.map(({ id }) => id),
    signal,
  );
}

function toCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}
