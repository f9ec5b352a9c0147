import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AwaitSite, rewriteAwaits } from './await-sites.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Sources in which every place that waits is a place to die in. */
const PUBLISH_PATH = [
  'packages/server/src/publishing/{engine,attempt,follow}/*.ts',
  'packages/server/src/publishing/limits/{cap,circuit,slot}-queries.ts',
  'packages/server/src/publishing/limits/{caps,circuits,ledger,ledger-limiter,limit-keys,used-slot}.ts',
  // What that takes of other parts.
  'packages/server/src/posts/{move-post,queue-due,read-facts}.ts',
  'packages/server/src/events/record-event.ts',
  'packages/server/src/media/media-facts.ts',
  'packages/server/src/media/serving/media-urls.ts',
  // What the server calls of the SDK. Its own run for programs without Greenroom is none of that, nor are its sources
  // for other runtimes; tokens are the broker's (`proof:refresh` kills there).
  'packages/sdk/src/{abort,client,retry}.ts',
  'packages/sdk/src/http/*.ts',
  'packages/sdk/src/node/{file-source,node-sender,upload-file}.ts',
  'packages/sdk/src/upload/upload-task.ts',
  'packages/sdk/src/webhooks/verify.ts',
];

/** Every place that waits in the sources of the publish path, reached or not. */
export function listAwaitSites(): readonly AwaitSite[] {
  return rewriteAll(PUBLISH_PATH).flatMap(({ sites }) => sites);
}

/**
 * Writes the rewritten sources for the hook: a process that starts does not parse them again.
 *
 * @param patterns - From the root of the repository.
 */
export function writeRewritten(to: string, patterns: readonly string[] = PUBLISH_PATH): void {
  const codes = rewriteAll(patterns).map(({ code, path }) => [path, stripTypeScriptTypes(code)]);
  writeFileSync(to, JSON.stringify(Object.fromEntries(codes)));
}

function rewriteAll(patterns: readonly string[]) {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .map((file) => {
      const path = join(root, file);
      const name = file.replaceAll('\\', '/');
      return { path, ...rewriteAwaits(readFileSync(path, 'utf8'), name) };
    });
}
