import type { Database } from '../../src/db/database.ts';

/**
 * Cuts the connection right after the server has committed the next transaction that has these words,
 * before its answer arrives.
 *
 * @returns Whether it happened.
 */
export function swallowCommit(database: Database, words: string): () => boolean {
  let hasHappened = false;
  database.pool.on('acquire', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>; // as: no callbacks here
    let isTheOne = false;
    const watched = async (...args: unknown[]) => {
      const text = JSON.stringify(args[0]);
      if (text.includes(words)) isTheOne = true;
      const answer = await query(...args);
      if (text !== '"commit"' || !isTheOne || hasHappened) return answer;
      hasHappened = true;
      throw new Error('Connection terminated unexpectedly');
    };
    if (!hasHappened)
      Object.defineProperty(client, 'query', { value: watched, configurable: true });
  });
  return () => hasHappened;
}
