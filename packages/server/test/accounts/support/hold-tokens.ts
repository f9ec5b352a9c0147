import { expect } from 'vitest';
import { connect } from '../../support/connect.ts';
import type { World } from './world.ts';

/** The table of tokens, kept from everybody else. */
export interface HeldTokens extends AsyncDisposable {
  /** Resolves when that many transactions wait: for the table, or for what one that waits for it has locked. */
  waiting(count: number): Promise<void>;
  /** Lets them go on. */
  release(): Promise<void>;
}

/** Stops every transaction where it comes to the tokens, in the middle of what it does. */
export async function holdTokens(world: World): Promise<HeldTokens> {
  const owner = await connect(world.databaseUrl);
  await owner.client.query('begin; lock table account_tokens in access exclusive mode');
  return {
    waiting: async (count) => {
      const waiting = () =>
        world.rows(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
      await expect.poll(waiting, { timeout: 5_000 }).toHaveLength(count);
    },
    release: async () => {
      await owner.client.query('commit');
    },
    [Symbol.asyncDispose]: () => owner[Symbol.asyncDispose](),
  };
}
