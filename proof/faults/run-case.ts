import type { PostState } from '@greenroom/contract';
import { makePost } from '../support/make-post.ts';
import type { SiteAccount } from '../support/site.ts';
import { TooLate, until } from '../support/until.ts';
import type { FaultCase } from './case.ts';
import type { Lane } from './lane.ts';
import { pathOf } from './ways.ts';

/** What came of a fault. */
export interface FaultResult {
  readonly state: PostState | 'late';
  readonly reason: string | null;
  /** The reason in words, as a person reads it. */
  readonly words: string;
  readonly whoseMove: string;
  readonly logId: string | null;
  /** Reason that it waited with before. */
  readonly waited: string | null;
  readonly isPersonAsked: boolean;
  /** How often the fault was applied. */
  readonly applied: number;
  readonly inits: number;
  /** Posts that TikTok has. */
  readonly completed: number;
  /** Whether TikTok has what was sent. */
  readonly isWhole: boolean;
}

const END_MS = 30_000;
const ENDS = /^(published|in_inbox|failed|held|canceled)$/;

/** Publishes a post while TikTok does something wrong, and waits for what comes of it. */
export async function runCase(lane: Lane, test: FaultCase): Promise<FaultResult> {
  const { site } = lane;
  const { control } = site.tiktok;
  const account = await site.connect();
  await site.setEvents(test.scene !== 'no events');
  const before = await lane.ledger();
  const rule = await control.addFault({
    match: { path: pathOf(test.endpoint) },
    action: test.action,
    ...(test.times === undefined ? {} : { times: test.times }),
  });
  // With the fault there: the server renews what has expired by itself, too.
  if (test.scene === 'expired token') await site.moveClocks(2 * 3600 + 60);
  const postId = await makePost(site, lane.order(test.way, account));
  if (test.scene === 'cancel') await cancelWhileFetched(lane, test, postId);
  const end = await followToEnd({ lane, test, account, postId, faultId: rule.id });
  await lane.settle(account);
  const after = await lane.ledger();
  const requests = after.requests.filter(({ id }) => id > before.lastRequest);
  const posts = after.posts.filter(({ username }) => username === account.username);
  const there = posts.filter(({ status }) =>
    /^(PUBLISH_COMPLETE|SEND_TO_USER_INBOX)$/.test(status),
  );
  return {
    ...end,
    applied: requests.filter(({ fault }) => fault === rule.id).length,
    inits: requests.filter(({ path }) => path === pathOf(test.way.init)).length,
    completed: there.length,
    isWhole: there.every(({ sha256 }) => lane.isWhole(test.way, sha256)),
  };
}

type End = Pick<
  FaultResult,
  'state' | 'reason' | 'words' | 'whoseMove' | 'logId' | 'waited' | 'isPersonAsked'
>;

/** Looks at the post until it is at its end: moves the clocks while it waits, and answers when a person is asked. */
async function followToEnd({
  lane,
  test: { action, expected, scene },
  account,
  postId,
  faultId,
}: {
  readonly lane: Lane;
  readonly test: FaultCase;
  readonly account: SiteAccount;
  readonly postId: string;
  readonly faultId: number;
}): Promise<End> {
  const { api } = lane.site;
  const lateMs = action.delay_ms ?? (scene === 'hours pass' ? END_MS : 0);
  let waited: string | null = null;
  let isPersonAsked = false;
  let last = await api.getPost({ id: postId });
  const look = async () => {
    last = await api.getPost({ id: postId });
    const { not_before: notBefore, reason, state, wait } = last;
    if (state === 'queued' && notBefore !== null) {
      waited ??= wait?.code ?? reason?.code ?? null;
      if (expected.state !== 'failed') await lane.heal(faultId);
      await lane.site.moveClocksTo(new Date(notBefore));
    }
    if (state === 'unknown') {
      isPersonAsked = true;
      await lane.answerAsPerson(postId, account, action.delay_ms !== undefined);
    }
    if (state === 'processing' && scene === 'hours pass') await lane.site.moveClocks(300);
    return ENDS.test(state) ? last : undefined;
  };
  try {
    const patience = { what: 'the post is at its end', timeoutMs: END_MS + 2 * lateMs };
    await until(look, { ...patience, everyMs: 100 });
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
  }
  const { reason } = last;
  return {
    state: ENDS.test(last.state) ? last.state : 'late',
    reason: ENDS.test(last.state) ? (reason?.code ?? null) : `${last.state} ${reason?.code}`,
    words: [reason?.words, reason?.remedy].filter(Boolean).join(' '),
    whoseMove: reason?.whose_move ?? '',
    logId: reason?.log_id ?? null,
    waited,
    isPersonAsked,
  };
}

/** Cancels once TikTok fetches the media; what TikTok says to it, the post tells. */
async function cancelWhileFetched(lane: Lane, test: FaultCase, postId: string): Promise<void> {
  const { api } = lane.site;
  const isAt = async (state: PostState) =>
    (await api.getPost({ id: postId })).state === state ? true : undefined;
  await until(
    async () => ((await api.getPost({ id: postId })).publish_id === null ? undefined : true),
    { what: 'TikTok fetches the media', timeoutMs: END_MS },
  );
  // It may be refused; then it is published in the end.
  await api.cancelPost({ id: postId }).catch(() => undefined);
  if (test.expected.state === 'canceled') {
    const patience = { what: 'it is canceled', timeoutMs: END_MS };
    await until(() => isAt('canceled'), patience).catch(() => undefined);
  }
  lane.letThrough();
}
