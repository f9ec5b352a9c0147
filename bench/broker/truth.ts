import pg from 'pg';
import { tokenPlace } from '../../packages/server/dist/accounts/broker/token-store.js';
import { inWorkspace } from '../../packages/server/dist/db/database.js';
import type { EmulatorProcess } from '../emulator-process.ts';
import type { BenchAccount, Parts } from './site.ts';

/** Makes all accounts due, the first one first. */
export async function makeDue(databaseUrl: string): Promise<void> {
  await asOwner(databaseUrl, (client) =>
    client.query(
      `update account_tokens set refresh_due_at = app_now() - random() * interval '1 hour'`,
    ),
  );
  await asOwner(databaseUrl, (client) => client.query('vacuum analyze account_tokens, accounts'));
}

/** Counts the accounts that were renewed once, and more often, by the audit log. */
export async function countRenewed(
  databaseUrl: string,
): Promise<{ readonly once: number; readonly more: number }> {
  const { rows } = await asOwner(databaseUrl, (client) =>
    client.query<{ once: string; more: string }>(`
      select count(*) filter (where times = 1) as once, count(*) filter (where times > 1) as more
      from (select count(*) as times from activity where action = 'token.refreshed'
        group by account_id) renewed`),
  );
  return { once: Number(rows[0]?.once), more: Number(rows[0]?.more) };
}

/** Counts accounts whose refresh token, as the database opens it, is not one that TikTok takes. */
export async function countLost(
  { database, vault }: Parts,
  accounts: readonly BenchAccount[],
  tiktok: EmulatorProcess,
): Promise<number> {
  const living = await readLiving(tiktok);
  const workspaceIds = new Set(accounts.map(({ workspaceId }) => workspaceId));
  let lost = accounts.length;
  for (const workspaceId of workspaceIds) {
    await inWorkspace(database, workspaceId, async (tx) => {
      const rows = await tx
        .selectFrom('account_tokens')
        .select(['account_id', 'refresh_token_sealed'])
        .execute();
      for (const row of rows) {
        const place = tokenPlace(
          { workspaceId, accountId: row.account_id },
          'refresh_token_sealed',
        );
        const token = await vault.open(tx, place, row.refresh_token_sealed);
        if (living.has(token.reveal())) lost -= 1;
      }
    });
  }
  return lost;
}

async function readLiving(tiktok: EmulatorProcess): Promise<Set<string>> {
  const snapshot = await tiktok.control('GET', 'snapshot');
  // The emulator's own form of a snapshot.
  const { sections } = snapshot as {
    sections: { accounts: { refresh_tokens: { refresh_token: string }[] } };
  };
  return new Set(sections.accounts.refresh_tokens.map((token) => token.refresh_token));
}

async function asOwner<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
