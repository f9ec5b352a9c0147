import pg from 'pg';

/** Connects as the owner of the database, does the work, and ends the connection, a `COPY` under way too. */
export async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'greenroom-backup',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A lost connection fails what runs on it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Settings of the transaction that reads or writes a backup: values as text that means the same on every server, no
 * limit of time, and an error instead of silence where row-level security would hide rows.
 */
export const TRANSACTION_SETTINGS = `
set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
set local extra_float_digits = 3; set local bytea_output = 'hex'; set local client_encoding = 'UTF8';
set local search_path = public; set local row_security = off;
set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
set local lock_timeout = '30s'`;
