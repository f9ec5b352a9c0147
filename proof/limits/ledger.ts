import type { RunningEmulator } from '@greenroom/emulator';

/** A request as TikTok's own ledger has it. */
export type TikTokRequest = Awaited<
  ReturnType<RunningEmulator['control']['listRequests']>
>['requests'][number];

/** Requests a minute that TikTok takes for a token, by the end of the path. */
export const LIMITS = {
  'creator_info/query': 20,
  'video/init': 6,
  'inbox/video/init': 6,
  'content/init': 6,
  'status/fetch': 30,
} as const;

/** An endpoint that TikTok limits by token. */
export type Limited = keyof typeof LIMITS;

/** The fullest minute of one creator's token at one endpoint. */
export interface FullestMinute {
  readonly creator: string;
  readonly endpoint: Limited;
  readonly requests: number;
}

/** What TikTok refuses because of a limit or a cap; creator info says the caps with HTTP 200. */
const REFUSALS =
  /^(rate_limit_exceeded|reached_active_user_cap|spam_risk_too_many_posts|spam_risk_too_many_pending_share)$/;

/** Finds the requests that TikTok refused because of a limit or a cap. */
export function findRefusals(requests: readonly TikTokRequest[]): TikTokRequest[] {
  return requests.filter(({ code, status }) => status === 429 || REFUSALS.test(code ?? ''));
}

/** Finds the fullest minute of each token and endpoint. TikTok counts by token; each creator has one at a time. */
export function findFullestMinutes(requests: readonly TikTokRequest[]): FullestMinute[] {
  const moments = new Map<string, number[]>();
  for (const { app, creator, path, time } of requests) {
    const endpoint = endpointOf(path);
    if (endpoint === undefined || creator === null) continue;
    const key = `${app} ${creator} ${endpoint}`;
    moments.set(key, [...(moments.get(key) ?? []), Date.parse(time)]);
  }
  return [...moments].map(([key, times]) => {
    const [, creator = '', endpoint = ''] = key.split(' ');
    // as: the key was made of one
    return { creator, endpoint: endpoint as Limited, requests: fullest(times.toSorted(ascending)) };
  });
}

function fullest(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - 60_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function ascending(one: number, other: number): number {
  return one - other;
}

function endpointOf(path: string): Limited | undefined {
  const name = path.replace(/^\/v2\/post\/publish\//, '').replace(/\/$/, '');
  return Object.hasOwn(LIMITS, name) ? (name as Limited) : undefined; // as: it is one, just looked
}

/** What TikTok itself says of its limits at the end, and what it does about them. */
export interface Teeth {
  readonly rateLimits: boolean;
  readonly caps: boolean;
  /** Which call of a bare client within a minute was refused, and how. */
  readonly refusedCall: number;
  readonly refusal: string;
}

/** Reads whether limits and caps are on, and lets a client without a ledger run into one. */
export async function showTeeth(tiktok: RunningEmulator): Promise<Teeth> {
  const { settings } = await tiktok.control.getState();
  const username = 'without_a_ledger';
  await tiktok.control.putCreator(username);
  const { access_token } = await tiktok.control.createToken({ client_key: 'audited', username });
  for (let call = 1; call <= 30; call += 1) {
    const answer = await fetch(`${tiktok.url}/v2/post/publish/creator_info/query/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    if (answer.ok) continue;
    // TikTok's envelope.
    const { error } = (await answer.json()) as { error: { code: string } };
    const refusal = `${answer.status} ${error.code}`;
    return { rateLimits: settings.rate_limits, caps: settings.caps, refusedCall: call, refusal };
  }
  return { rateLimits: false, caps: settings.caps, refusedCall: 0, refusal: 'none' };
}
