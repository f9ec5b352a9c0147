import type { Site, SiteAccount } from '../support/site.ts';

/** A kind of post, which has an endpoint and a cap of its own. */
export type Kind = 'video' | 'photos' | 'draft';

/** A post of the plan. */
export interface PlannedPost {
  readonly account: SiteAccount;
  readonly kind: Kind;
  /** Seconds after the begin. */
  readonly afterSeconds: number;
}

/** Who posts: creators of an audited app, and more than five of an unaudited one. */
export interface Cast {
  readonly audited: readonly SiteAccount[];
  readonly unaudited: readonly SiteAccount[];
}

/**
 * Plans more than TikTok takes: each creator of the audited app has four direct posts and a draft more than a day
 * allows, most of them at once, and the unaudited app has more users than its five.
 */
export function planPosts({ audited, unaudited }: Cast, random: () => number): PlannedPost[] {
  const own = audited.flatMap((account) => [
    ...repeat(14, () => ({ account, kind: 'video' as const, afterSeconds: later(random) })),
    ...repeat(3, () => ({ account, kind: 'photos' as const, afterSeconds: later(random) })),
    ...repeat(6, () => ({ account, kind: 'draft' as const, afterSeconds: later(random) })),
  ]);
  const users = unaudited.map((account, index) => ({
    account,
    kind: 'video' as const,
    // One after the other, so that it is certain who comes first.
    afterSeconds: 300 * index,
  }));
  return [...own, ...users];
}

/** Two of three at once; the rest within three hours. */
function later(random: () => number): number {
  return random() < 2 / 3 ? 0 : Math.floor(random() * 10_800);
}

function repeat<T>(times: number, make: () => T): T[] {
  return Array.from({ length: times }, make);
}

/** Connects creators: of the installation's app, which is audited, then of one that TikTok has not audited. */
export async function castCreators(
  site: Site,
  counts: { readonly audited: number; readonly unaudited: number },
): Promise<Cast> {
  const audited: SiteAccount[] = [];
  for (let made = 0; made < counts.audited; made += 1) audited.push(await site.connect());
  const app = await site.api.createApp({
    name: 'An app that is not audited',
    client_key: 'unaudited',
    client_secret: 'emulator-secret',
    is_audited: false,
  });
  const unaudited: SiteAccount[] = [];
  for (let made = 0; made < counts.unaudited; made += 1) {
    unaudited.push(await connectThrough(site, app.id, `unaudited_${made}`));
  }
  return { audited, unaudited };
}

/** Such an app posts to private accounts only. */
async function connectThrough(site: Site, appId: string, username: string): Promise<SiteAccount> {
  await site.tiktok.control.putCreator(username, { private_account: true });
  const { authorize_url } = await site.api.startConnection({
    app_id: appId,
    flow: 'desktop',
    redirect_uri: 'http://127.0.0.1:8976/callback',
  });
  const { redirect_url } = await site.tiktok.control.decideConsent({
    authorize_url: authorize_url ?? '',
    username,
    decision: 'allow',
  });
  const { searchParams } = new URL(redirect_url);
  const account = await site.api.completeConnection({
    state: searchParams.get('state') ?? '',
    code: searchParams.get('code') ?? '',
  });
  return { accountId: account.id, username };
}
