import type { AwaitSite } from './await-sites.ts';

/** Places that wait, and that no flow of a post comes to. */
interface OffPath {
  /** A source, or a folder with a slash at its end. */
  readonly where: string;
  /** The function or class, and what is in it; undefined: all of the source. */
  readonly within?: string;
  readonly reason: string;
}

const SDK = 'packages/sdk/src/';
const PUBLISHING = 'packages/server/src/publishing/';
const OWN_RUN =
  'the SDK’s run for programs without Greenroom: the server takes its steps one by one';
const OTHER_SOURCES = 'reads videos that are no files, or on runtimes other than Node';
const ASKED_BY_PEOPLE = 'answers a person’s question, and changes nothing';
const LEDGER = 'the ledger in the database stands in its place';
const STOPPING = 'runs when a process is told to stop: one that is killed never comes there';

/** Each with its reason. A place that a flow does come to has no business here: the proof fails. */
export const OFF_PATH: readonly OffPath[] = [
  { where: `${SDK}oauth/`, reason: 'tokens are the broker’s: proof:refresh kills there' },
  { where: `${SDK}publish/`, reason: OWN_RUN },
  { where: `${SDK}node/publish-video.ts`, reason: OWN_RUN },
  { where: `${SDK}node/upload-file.ts`, within: 'uploadVideo', reason: OWN_RUN },
  { where: `${SDK}upload/fetch-sender.ts`, reason: OTHER_SOURCES },
  { where: `${SDK}upload/url-source.ts`, reason: OTHER_SOURCES },
  { where: `${SDK}upload/chunk-body.ts`, within: 'readBytes', reason: OTHER_SOURCES },
  { where: `${SDK}upload/video-type.ts`, reason: 'the server’s own probe has told the type' },
  { where: `${SDK}limiter.ts`, reason: LEDGER },
  { where: `${SDK}http/api.ts`, within: 'TikTokApi.#limiterKey', reason: LEDGER },
  {
    where: `${SDK}http/send.ts`,
    within: 'refuseRedirect',
    reason: 'TikTok sends no redirect, and one is not followed',
  },
  ...[
    'backlog-queries.ts',
    'forecast-posts.ts',
    'forecast-queries.ts',
    'read-forecast-state.ts',
  ].map((file) => ({ where: `${PUBLISHING}limits/${file}`, reason: ASKED_BY_PEOPLE })),
  { where: `${PUBLISHING}limits/circuits.ts`, within: 'Circuits.list', reason: ASKED_BY_PEOPLE },
  ...['PublishingEngine.close', 'PublishingEngine.#close', 'PublishingEngine.#handBack'].map(
    (within) => ({ where: `${PUBLISHING}engine.ts`, within, reason: STOPPING }),
  ),
  { where: `${PUBLISHING}executor-lock.ts`, within: 'ExecutorLock.release', reason: STOPPING },
  { where: `${PUBLISHING}upload-places.ts`, within: 'UploadPlaces.close', reason: STOPPING },
  { where: `${PUBLISHING}limits/circuits.ts`, within: 'Circuits.close', reason: STOPPING },
  {
    where: `${PUBLISHING}give-up.ts`,
    reason: 'ends an attempt that keeps meeting a fault of our own code: there is none to be met',
  },
];

/** Why no flow comes to a place; undefined: one should. */
export function findOffPathReason(site: AwaitSite): string | undefined {
  return OFF_PATH.find(({ where, within }) => {
    const isThere = where.endsWith('/') ? site.file.startsWith(where) : site.file === where;
    return isThere && (within === undefined || within === site.within);
  })?.reason;
}
