import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../src/db/errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { askAsOwner } from './ask-as-owner.ts';
import type { TestEngine } from './test-engine.ts';

/** A database of its own for one test, with our schema and no rows. */
export interface TestDatabase {
  /** What `DATABASE_URL` would be. */
  readonly url: string;
  /** Drops it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a database from the migrated template, in some 50 ms.
 *
 * A test finds the engine that its run started; proofs and benches pass the one that they started by `startTestEngine`
 * and `createTemplate`.
 */
export async function createTestDatabase(
  options: { readonly ownerUrl?: string; readonly isEmpty?: boolean } = {},
): Promise<TestDatabase> {
  const ownerUrl = options.ownerUrl ?? engineOfRun();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const source = options.isEmpty ? '' : `template ${TEMPLATE} strategy file_copy`;
  await askAsOwner(ownerUrl, `create database ${name} ${source}`);
  const close = () => drop(ownerUrl, name);
  return { url: urlOf(ownerUrl, name), close, [Symbol.asyncDispose]: close };
}

/** Makes the database that `createTestDatabase` copies, once an engine. */
export async function createTemplate(engine: TestEngine): Promise<void> {
  await askAsOwner(engine.ownerUrl, `create database ${TEMPLATE}`);
  await migrate(urlOf(engine.ownerUrl, TEMPLATE));
}

const TEMPLATE = 'greenroom_template';

function engineOfRun(): string {
  const url = process.env['GREENROOM_TEST_ENGINE'];
  if (url === undefined)
    throw new Error('No engine: vitest.config.ts starts it by test/support/global-setup.ts');
  return url;
}

function urlOf(ownerUrl: string, name: string): string {
  const url = new URL(ownerUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Ends what is still connected. A vacuum of the engine's own may only be waited for: it lasts a moment. */
async function drop(ownerUrl: string, name: string): Promise<void> {
  for (let left = 40; ; left -= 1) {
    try {
      await askAsOwner(ownerUrl, `drop database if exists ${name} with (force)`);
      return;
    } catch (error) {
      if (codeOf(error) !== '42501' || left === 0) throw error;
    }
    await sleep(250);
  }
}
