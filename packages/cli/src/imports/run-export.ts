import { writeFile } from 'node:fs/promises';
import type { Client, Operations, OutputOf } from '@greenroom/contract';
import type { CliContext } from '../context.ts';
import { type PostFilter, toQuery } from '../posts/list-posts.ts';

/** Which posts are exported. */
export type ExportOptions = PostFilter;

type Page = OutputOf<Operations['exportPosts']>;

/** Writes posts to a file, or to stdout without one. */
export async function runExport(
  context: CliContext,
  file: string | undefined,
  options: ExportOptions,
): Promise<void> {
  const { output, stdout } = context;
  const api = await context.connectToServer();
  const query = await toQuery(context, options);
  const format = output.isJson ? 'json' : 'csv';
  const pages = await readPages(context, api, { ...query, format });
  const text =
    format === 'json'
      ? `${JSON.stringify({ items: pages.flatMap(({ items }) => items) })}\n`
      : joinFiles(pages);
  if (file === undefined) {
    stdout.write(text);
    return;
  }
  await writeFile(file, text);
  output.talk(`Written to ${file}.`);
}

async function readPages(
  { output }: CliContext,
  api: Client,
  query: Parameters<Client['exportPosts']>[0],
): Promise<Page[]> {
  const progress = output.progress('Reading posts');
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const page: Page = await api.exportPosts(
      { ...query, ...(cursor === undefined ? {} : { cursor }) },
      { timeoutMs: 60_000 },
    );
    pages.push(page);
    progress.update(`${pages.length} pages`);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  progress.end();
  return pages;
}

/** Each page is a file with headings of its own: only the first keeps them. No heading holds a line end. */
function joinFiles(pages: readonly Page[]): string {
  return pages
    .map(({ csv }, index) => {
      const file = csv ?? '';
      return index === 0 ? file : file.slice(file.indexOf('\r\n') + 2);
    })
    .join('');
}
