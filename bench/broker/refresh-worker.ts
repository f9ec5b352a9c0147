/**
 * A process of `bench:refresh`. Takes one order a line: `sweep N` renews N due accounts with the broker, `sdk N` renews
 * N times with the SDK alone, in as many loops as the sweep has workers, and stores nothing. Answers one line each.
 */
import { createInterface } from 'node:readline';
import { TikTokOAuth } from '@greenroom/sdk/oauth';
import { TokenBroker } from '../../packages/server/dist/accounts/broker/token-broker.js';
import { openParts, type Site } from './site.ts';

/** What a worker is told at its start. */
export interface WorkerOrder {
  readonly site: Site;
  /** Refreshes at a time. */
  readonly concurrency: number;
  /** One for each loop of the SDK. */
  readonly refreshTokens: readonly string[];
}

// Only the bench starts this process.
const { site, concurrency, refreshTokens } = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
await using parts = await openParts(site);
await using broker = new TokenBroker(parts.options);
const oauth = new TikTokOAuth({
  clientKey: 'audited',
  clientSecret: 'emulator-secret',
  baseUrl: site.tiktokUrl,
});
const tokens = [...refreshTokens];

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, count] = line.split(' ');
  const limit = Number(count);
  const done = kind === 'sweep' ? await sweep(limit) : await refreshWithSdk(limit);
  process.stdout.write(`${done}\n`);
}

async function sweep(limit: number): Promise<number> {
  const { refreshed } = await broker.sweep({ limit, concurrency });
  return refreshed;
}

async function refreshWithSdk(count: number): Promise<number> {
  let left = count;
  const loop = async (index: number) => {
    while (left-- > 0) {
      const pair = await oauth.refresh(tokens[index] ?? '');
      tokens[index] = pair.refreshToken;
    }
  };
  await Promise.all(tokens.map((_, index) => loop(index)));
  return count;
}
