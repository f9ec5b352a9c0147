import type { AwaitSite } from './await-sites.ts';

/** Places that wait, and that no flow of a post comes to. */
interface OffPath {
  /** A source. */
  readonly where: string;
  /** The function or class, and what is in it; undefined: all of the source. */
  readonly within?: string;
  /** What is in the line; undefined: all lines. */
  readonly line?: string;
  readonly reason: string;
  /** A kill or a race may lead there at times: then somebody is told to die there, too, and does if it happens again. */
  readonly isChance?: boolean;
}

const SDK = 'packages/sdk/src/';
const PUBLISHING = 'packages/server/src/publishing/';
const ENGINE = `${PUBLISHING}engine/`;
const ATTEMPT = `${PUBLISHING}attempt/`;
const FOLLOW = `${PUBLISHING}follow/`;
const LIMITS = `${PUBLISHING}limits/`;

/** Each with its reason. A place that a flow does come to has no business here: the proof fails. */
export const OFF_PATH: readonly OffPath[] = [
  ...never('reads videos that are no files, or on runtimes other than Node', [
    { where: `${SDK}node/file-source.ts`, within: 'fileSource', line: 'open: async' },
    { where: `${SDK}node/file-source.ts`, within: 'readPieces' },
    { where: `${SDK}node/chunk-reader.ts`, within: 'readPieces' },
    { where: `${SDK}upload/chunk-body.ts` },
  ]),
  ...never('looks into a video for its type, which the server knows', [
    { where: `${SDK}upload/upload-video.ts`, within: 'uploadVideo' },
  ]),
  ...never('makes and closes a sender; the server brings its own', [
    { where: `${SDK}node/upload-file.ts`, line: 'options, source, sender' },
    { where: `${SDK}node/upload-file.ts`, line: 'sender.close()' },
  ]),
  ...never('the server has the SDK repeat nothing, and takes its slots from the ledger', [
    { where: `${SDK}retry.ts`, line: 'sleep(' },
    { where: `${SDK}http/api.ts`, within: 'TikTokApi.#limiterKey' },
  ]),
  ...never('TikTok sends no redirect, and one is not followed', [
    { where: `${SDK}http/send.ts`, within: 'refuseRedirect' },
  ]),
  ...never('reads what a person composes', [
    { where: 'packages/server/src/posts/read-facts.ts', within: 'readReferences' },
  ]),
  ...never('answers a person who looks at the installation, or at what a creator may do', [
    { where: `${LIMITS}circuits.ts`, within: 'Circuits.list' },
    { where: `${LIMITS}ledger-limiter.ts`, within: 'LedgerLimiter.acquire', line: '(share, ' },
  ]),
  ...never('runs when a process is told to stop: one that is killed never comes there', [
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.close' },
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.#close' },
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.#handBack' },
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.#run', line: '#stop' },
    { where: `${ENGINE}executor-lock.ts`, within: 'ExecutorLock.release' },
    { where: `${ENGINE}upload-places.ts`, within: 'UploadPlaces.close' },
    { where: `${LIMITS}circuits.ts`, within: 'Circuits.close' },
  ]),
  ...never('TikTok says of a post what it does not document', [
    { where: `${FOLLOW}poll-post.ts`, within: 'apply', line: 'recordWait(' },
  ]),
  ...never('looks for the id of a public post: these are for the creator alone', [
    { where: `${SDK}client.ts`, within: 'TikTokClient.listVideos' },
    { where: `${FOLLOW}look-for-video.ts`, line: 'listVideosPage(' },
    { where: `${FOLLOW}look-for-video.ts`, line: 'listKnownIds(' },
    { where: `${FOLLOW}look-for-video.ts`, within: 'listKnownIds' },
  ]),
  ...never('the file of a post is deleted, or more upload at once than the process has places', [
    { where: `${ATTEMPT}send-init.ts`, within: 'endFailed', line: 'media_gone' },
    { where: `${ENGINE}upload-places.ts`, within: 'UploadPlaces.#enter' },
  ]),
  ...byChance('mends a fault of our own code, or of the engine’s: there is none to be met', [
    { where: `${ATTEMPT}give-up.ts` },
    { where: `${ATTEMPT}publish-attempt.ts`, within: 'publishAttempt', line: 'sleep(' },
    {
      where: `${ENGINE}engine.ts`,
      within: 'PublishingEngine.letGoOfForgotten',
      line: 'handOver(',
    },
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.findAbandoned' },
    { where: `${ATTEMPT}sweep-attempts.ts`, within: 'sweepAbandonedAttempts', line: 'goOn(' },
    {
      where: `${ENGINE}engine.ts`,
      within: 'PublishingEngine.deleteOld',
      line: 'deleteWorkflows',
    },
  ]),
  ...byChance('waits for a database that is away, or a clock that jumped: proof:chaos does both', [
    { where: `${ATTEMPT}attempt-run.ts`, within: 'commit', line: 'sleep(' },
    { where: `${ENGINE}engine.ts`, within: 'PublishingEngine.followMachineClock' },
    { where: `${ENGINE}dbos-internals.ts`, within: 'restartDispatch' },
  ]),
  ...byChance('a process that was taken for dead lives, and has the answer to its init', [
    { where: `${ATTEMPT}send-init.ts`, within: 'accept', line: 'tellUnknown(' },
    { where: `${ATTEMPT}send-init.ts`, within: 'tellUnknown' },
  ]),
  ...byChance('TikTok fails again and again: proof:faults does that', [
    { where: `${ATTEMPT}attempt-store.ts`, within: 'putOff' },
    { where: `${ATTEMPT}sweep-attempts.ts`, within: 'goOn' },
    { where: `${LIMITS}circuit-queries.ts`, within: 'claimProbe' },
    { where: `${LIMITS}circuits.ts`, within: 'Circuits.admit', line: 'claimProbe(' },
    { where: `${LIMITS}circuits.ts`, within: 'Circuits.admit', line: 'this.#read()' },
    { where: `${LIMITS}circuits.ts`, within: 'Circuits.admit', line: 'this.admit(' },
    { where: `${FOLLOW}poll-post.ts`, within: 'putOff', line: 'followed.wait_reason' },
    { where: `${FOLLOW}poll-post.ts`, within: 'putOff', line: 'recordWait(' },
    { where: `${FOLLOW}record-wait.ts` },
    { where: `${SDK}upload/upload-task.ts`, within: 'UploadTask.#settle', line: '#backOff(' },
    { where: `${SDK}upload/upload-task.ts`, within: 'UploadTask.#locate', line: 'stated ??' },
  ]),
  ...byChance(
    'a new attempt has to wait: too many ended in nothing, or no place under a cap is left',
    [
      { where: `${ATTEMPT}end-run.ts`, within: 'tryAnew', line: 'queueAgain(' },
      { where: `${ATTEMPT}end-run.ts`, within: 'tryAnew', line: 'startNextAttempt(' },
    ],
  ),
  ...byChance('more calls than a window takes, or a place under a cap is gone: proof:limits', [
    { where: `${LIMITS}ledger-limiter.ts`, within: 'LedgerLimiter.#take', line: '#pass(' },
    { where: `${LIMITS}ledger-limiter.ts`, within: 'LedgerLimiter.#pass' },
    { where: `${ATTEMPT}preflight.ts`, within: 'preflight', line: 'hold(' },
    { where: `${ATTEMPT}preflight.ts`, within: 'preflight', line: 'putBack(' },
    { where: `${ATTEMPT}sweep-attempts.ts`, within: 'sweepStartable', line: 'holdLine(' },
    { where: `${ATTEMPT}sweep-attempts.ts`, within: 'holdLine' },
    { where: `${ATTEMPT}end-run.ts`, within: 'finish', line: 'letCapsRunOut' },
  ]),
  ...byChance(
    'TikTok’s word, or a person’s wish to cancel, meets a post that is already elsewhere',
    [
      { where: `${ATTEMPT}end-run.ts`, within: 'cancel' },
      { where: `${FOLLOW}apply-fact.ts`, within: 'applyToLocked', line: 'publishMore(' },
      { where: `${FOLLOW}apply-fact.ts`, within: 'applyToLocked', line: 'recordContradiction(' },
      { where: `${FOLLOW}apply-fact.ts`, within: 'contradict' },
      { where: `${FOLLOW}apply-fact.ts`, within: 'recordContradiction' },
      { where: `${FOLLOW}cancel-pull.ts`, within: 'cancelPull', line: 'isCanceled(' },
      { where: `${FOLLOW}cancel-pull.ts`, within: 'isCanceled' },
      { where: `${FOLLOW}close-attempt.ts` },
      { where: `${FOLLOW}move-by-fact.ts`, within: 'leaveAttempt', line: "'publishing'" },
      { where: `${FOLLOW}move-by-fact.ts`, within: 'leaveAttempt', line: 'learn(' },
      { where: `${FOLLOW}move-by-fact.ts`, within: 'dropUnsent' },
      { where: `${FOLLOW}poll-post.ts`, within: 'pollPost', line: 'lookForVideo(' },
      { where: `${FOLLOW}poll-post.ts`, within: 'pollPost', line: 'inTurn(' },
      { where: `${FOLLOW}poll-post.ts`, within: 'pollPost', line: 'recordAnswers(' },
      { where: `${FOLLOW}publish-more.ts`, within: 'publishMore' },
      {
        where: `${FOLLOW}settle-event.ts`,
        within: 'settlePostEvent',
        line: 'owner.attempt, fact)]',
      },
    ],
  ),
  ...byChance('the place that an attempt began with was given back meanwhile', [
    { where: `${ATTEMPT}preflight.ts`, within: 'preflight', line: 'takeCaps(' },
  ]),
  ...byChance(
    'nobody can tell whether the last chunk arrived: the upload is kept until TikTok does',
    [{ where: `${FOLLOW}move-by-fact.ts`, within: 'leaveAttempt', line: 'forgetUpload(' }],
  ),
  ...byChance('TikTok is asked while it is still at work, or cannot be asked', [
    { where: `${FOLLOW}poll-post.ts`, within: 'apply', line: 'planNext(' },
    { where: `${FOLLOW}poll-post.ts`, within: 'planNext' },
  ]),
  ...byChance('closes a file whose reading is broken off', [
    { where: `${SDK}node/file-source.ts`, within: 'openFileReader', line: 'signal.aborted' },
  ]),
];

/** Why no flow comes to a place; undefined: one should. */
export function findOffPath(site: AwaitSite): OffPath | undefined {
  return OFF_PATH.find(
    ({ line = '', where, within }) =>
      site.file === where &&
      (within === undefined || within === site.within) &&
      site.line.includes(line),
  );
}

type Place = Pick<OffPath, 'where' | 'within' | 'line'>;

function never(reason: string, places: readonly Place[]): OffPath[] {
  return places.map((place) => ({ ...place, reason }));
}

function byChance(reason: string, places: readonly Place[]): OffPath[] {
  return places.map((place) => ({ ...place, reason, isChance: true }));
}
