import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AwaitSite, rewriteAwaits } from './await-sites.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Sources in which every place that waits is a place to die in. A test of the hook has sources of its own. */
const SOURCES = process.env['PROOF_SOURCES']?.split(',') ?? [
  'packages/server/src/publishing/',
  'packages/sdk/src/',
  // What the publish path takes of other parts.
  'packages/server/src/posts/queue-due.ts',
  'packages/server/src/posts/move-post.ts',
  'packages/server/src/posts/judge-post.ts',
  'packages/server/src/posts/read-facts.ts',
  'packages/server/src/events/record-event.ts',
  'packages/server/src/media/media-facts.ts',
  'packages/server/src/media/open-video-source.ts',
  'packages/server/src/media/serving/',
];

/** Name of a source in this proof, its path from the root of the repository; undefined when it is not one. */
export function findPublishPathFile(path: string): string | undefined {
  const file = relative(root, path).replaceAll('\\', '/');
  return SOURCES.some((source) => file.startsWith(source)) ? file : undefined;
}

/** Every place that waits in the sources of the publish path, reached or not. */
export function listAwaitSites(): readonly AwaitSite[] {
  return SOURCES.flatMap((source) =>
    globSync(source.endsWith('/') ? `${source}**/*.ts` : source, { cwd: root }),
  )
    .sort()
    .flatMap((file) => rewriteAwaits(readFileSync(`${root}${file}`, 'utf8'), file).sites);
}
