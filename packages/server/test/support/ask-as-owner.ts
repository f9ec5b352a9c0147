import { connect } from './connect.ts';

/** Runs one statement as the owner of a database, past row-level security. */
export async function askAsOwner<Row extends object>(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  await using own = await connect(url);
  // The test names the columns that its statement gives.
  return (await own.client.query(statement, [...values])).rows as Row[];
}
