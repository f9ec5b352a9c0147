import pg from 'pg';

/** A connection that closes with its scope. */
export interface TestClient extends AsyncDisposable {
  readonly client: pg.Client;
}

/** Connects apart from any pool: as the owner, or as who else the address names. */
export async function connect(url: string): Promise<TestClient> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
