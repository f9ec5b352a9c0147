import type { Client } from '@greenroom/contract';
import type { EmulatorControl } from '@greenroom/emulator';
import type { RunningServer } from '@greenroom/server';
import { consent } from './consent.ts';
import { listenForRedirect } from './redirect.ts';
import { untilSettled } from './until-settled.ts';

/** An account of the demo's report, as `--json` prints it. */
export interface DemoAccount {
  readonly id: string;
  readonly username: string;
  readonly state: string;
  /** What TikTok lets the creator choose, asked through Greenroom. */
  readonly privacy_level_options: readonly string[];
  /** How often the sweep renewed the tokens when they had expired. */
  readonly refreshes: number;
}

type Account = Awaited<ReturnType<Client['getAccount']>>;

// Tokens live for two hours at TikTok.
const PAST_EXPIRY_SECONDS = 2 * 3600 + 60;

/** Connects creators to Greenroom, lets their tokens expire, and sees the sweep renew each once. */
export async function connectDemoAccounts(
  { server, api }: { readonly server: RunningServer; readonly api: Client },
  control: EmulatorControl,
  usernames: readonly string[],
  say: (words: string) => void,
): Promise<DemoAccount[]> {
  const accounts: Account[] = [];
  for (const username of usernames) {
    accounts.push(await connect(api, username));
    say(`${username} is connected to Greenroom`);
  }
  const infos = await Promise.all(accounts.map(({ id }) => api.getCreatorInfo({ id })));
  for (const info of infos) {
    say(`${info.creator_username} may post as ${info.privacy_level_options.join(', ')}`);
  }
  // TikTok's first: a token that Greenroom renewed before would be born two hours ago.
  await control.moveClock({ advance_seconds: PAST_EXPIRY_SECONDS });
  await server.moveClock(PAST_EXPIRY_SECONDS);
  say('Two hours later, by both clocks: all tokens have expired');
  const refreshed = await Promise.all(accounts.map((account) => untilRefreshed(api, account)));
  const report: DemoAccount[] = [];
  for (const [index, account] of refreshed.entries()) {
    const refreshes = await countRefreshes(api, account);
    say(`${account.username} has new tokens; refreshes: ${refreshes}`);
    report.push({
      id: account.id,
      username: account.username ?? '',
      state: account.state,
      privacy_level_options: infos[index]?.privacy_level_options ?? [],
      refreshes,
    });
  }
  return report;
}

async function connect(api: Client, username: string): Promise<Account> {
  await using redirect = await listenForRedirect();
  const { authorize_url } = await api.startConnection({
    flow: 'desktop',
    redirect_uri: redirect.uri,
  });
  if (authorize_url === null) throw new Error('a new connection has no address to consent at');
  await consent(authorize_url, username);
  const { searchParams } = await redirect.arrival;
  return await api.completeConnection({
    state: searchParams.get('state') ?? '',
    code: searchParams.get('code') ?? undefined,
    scopes: searchParams.get('scopes') ?? undefined,
  });
}

function untilRefreshed(api: Client, { id, access_expires_at }: Account): Promise<Account> {
  return untilSettled(
    () => api.getAccount({ id }),
    (account) => account.access_expires_at !== access_expires_at,
  );
}

async function countRefreshes(api: Client, { id }: Account): Promise<number> {
  let count = 0;
  for await (const _ of api.each.listActivity({ account_id: id, action: 'token.refreshed' })) {
    count++;
  }
  return count;
}
