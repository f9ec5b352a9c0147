import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../context.ts';
import { toTable } from '../output.ts';
import type { Media } from '../posts/upload-media.ts';

/** `greenroom media`: looks after the videos and photos in Greenroom’s store. */
export function registerMedia(program: Command, context: CliContext): void {
  const media = program.command('media').description('look after videos and photos in the store');
  media
    .command('upload <files...>')
    .description('upload videos and photos; the same command goes on where it was interrupted')
    .action((files: string[]) => upload(context, files));
  media
    .command('list')
    .description('list what is there, newest first')
    .option('--limit <n>', 'how many at most', toLimit, 50)
    .action(({ limit }: { readonly limit: number }) => list(context, limit));
  media
    .command('show <id>')
    .description('show what Greenroom found in a file')
    .action((id: string) => show(context, id));
  media
    .command('delete <id>')
    .description('delete a file that no post still needs')
    .action((id: string) => remove(context, id));
}

async function upload(context: CliContext, files: readonly string[]): Promise<void> {
  const { uploadMedia } = await import('../posts/upload-media.ts');
  const signal = context.stopSignal();
  const api = await context.connectToServer();
  const items: Media[] = [];
  for (const file of files) items.push(await uploadMedia(context, api, file, signal));
  const { describeMedia } = await import('../posts/media-words.ts');
  context.output.print({ items }, () => items.map(describeMedia).join('\n\n'));
}

async function list(context: CliContext, limit: number): Promise<void> {
  const api = await context.connectToServer();
  const { sizeWords } = await import('../posts/byte-words.ts');
  const items: Media[] = [];
  for await (const one of api.each.listMedia({ limit: Math.min(limit, 100) })) {
    items.push(one);
    if (items.length === limit) break;
  }
  context.output.print({ items }, () => {
    if (items.length === 0)
      return 'There is nothing. Bring something with "greenroom media upload".';
    const rows = items.map((one) => [
      one.id,
      one.file_name,
      one.state,
      one.media_type?.toLowerCase() ?? '',
      sizeWords(one.size),
    ]);
    return toTable(['id', 'file', 'state', 'kind', 'size'], rows);
  });
}

async function show(context: CliContext, id: string): Promise<void> {
  const api = await context.connectToServer();
  const { describeMedia } = await import('../posts/media-words.ts');
  const media = await api.getMedia({ id });
  context.output.print(media, () => describeMedia(media));
}

async function remove(context: CliContext, id: string): Promise<void> {
  const api = await context.connectToServer();
  await api.deleteMedia({ id });
  context.output.print({ id, deleted: true }, () => `The file ${id} is deleted.`);
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new InvalidArgumentError('It is a whole number from 1.');
}
