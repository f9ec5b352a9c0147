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
  // What the server calls of the SDK.
  'packages/sdk/src/{abort,client,retry}.ts',
  'packages/sdk/src/http/*.ts',
  'packages/sdk/src/node/{chunk-reader,file-source,node-sender,upload-file}.ts',
  'packages/sdk/src/upload/{chunk-body,upload-task,upload-video}.ts',
  'packages/sdk/src/webhooks/verify.ts',
];

const SDK = 'packages/sdk/src/';
const LIMITS = 'packages/server/src/publishing/limits/';

/** What waits in the same folders and publishes no post of Greenroom's; patterns, each with its reason. */
export const BESIDE_THE_PATH: readonly { readonly pattern: string; readonly reason: string }[] = [
  {
    pattern: `${SDK}{publish/*,node/publish-video}.ts`,
    reason: 'the SDK’s own run, for programs without Greenroom',
  },
  {
    pattern: `${SDK}{oauth/*,limiter}.ts`,
    reason: 'logins and tokens are the broker’s, whose processes proof:refresh kills',
  },
  {
    pattern: `${SDK}upload/{fetch-sender,url-source}.ts`,
    reason: 'the server sends files, by Node’s own transport',
  },
  {
    pattern: `${SDK}upload/{read-in-time,video-type}.ts`,
    reason: 'looks into a video for its type, which the server knows',
  },
  {
    pattern: `${LIMITS}{backlog-queries,forecast-posts,forecast-queries,read-forecast-state}.ts`,
    reason: 'tells people what will be, and changes nothing',
  },
  { pattern: `${LIMITS}sweep-limits.ts`, reason: 'deletes what counts no more' },
];

/**
 * Every place that waits in the sources of the publish path, reached or not.
 *
 * @param patterns - Of other sources instead, from the root of the repository.
 */
export function listAwaitSites(patterns: readonly string[] = PUBLISH_PATH): readonly AwaitSite[] {
  return rewriteAll(patterns).flatMap(({ sites }) => sites);
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
