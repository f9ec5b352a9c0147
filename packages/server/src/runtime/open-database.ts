import type { Config } from '../config/config.ts';
import { enableTestMode } from '../db/clock.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { codeOf } from '../db/errors.ts';
import { migrate } from '../db/migrate.ts';
import type { Log } from '../logging/log.ts';
import type { Closers } from './closers.ts';
import { StartError } from './start-error.ts';
import { untilReachable } from './until-reachable.ts';

/** What is needed to bring a database up. */
export interface OpenDatabaseOptions {
  readonly config: Config;
  readonly log: Log;
  readonly closers: Closers;
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number | undefined;
  /** Hears what is done, for a person who waits. */
  readonly onStep: (words: string) => void;
}

/** The database of an installation, at this version's schema. */
export interface OpenedDatabase {
  readonly database: Database;
  /** Address with the user that owns the schema. */
  readonly ownerUrl: string;
}

/** Starts the embedded database or waits for the one of `DATABASE_URL`, brings the schema up to date and opens the pool. */
export async function openInstallationDatabase(
  options: OpenDatabaseOptions,
): Promise<OpenedDatabase> {
  const { closers, config, log, onStep } = options;
  const ownerUrl = config.databaseUrl?.open() ?? (await startEmbedded(options));
  let isClosing = false;
  const database = await untilReachable(
    async () => {
      const { applied } = await migrate(ownerUrl);
      if (applied.length > 0) log.info({ steps: applied }, 'the schema was brought up to date');
      if (config.isTestMode) await makeTestInstallation(ownerUrl);
      return openDatabase({
        url: ownerUrl,
        maxConnections: config.databaseConnections,
        applicationName: `greenroom-${config.role}`,
        onIdleError: (error) => {
          // A database that stops right behind us ends what is being closed anyway.
          if (!isClosing) log.warn({ err: error }, 'a connection to the database was lost');
        },
      });
    },
    { onWait: onStep, patienceMs: options.patienceMs, signal: options.signal },
  );
  closers.add(() => {
    isClosing = true;
    return database.close();
  });
  return { database, ownerUrl };
}

async function startEmbedded({
  closers,
  config,
  log,
  onStep,
}: OpenDatabaseOptions): Promise<string> {
  // Loaded only where it runs: with DATABASE_URL nothing of it is needed.
  const { startEngine } = await import('../db/engine/engine.ts');
  const engine = await startEngine({
    dataFolder: config.dataFolder,
    onStep: (step) => {
      log.debug({ step }, 'the embedded database');
      const words = STEPS[step];
      if (words !== undefined) onStep(words);
    },
  });
  closers.add(() => engine.stop());
  return engine.url;
}

const STEPS: Readonly<Record<string, string>> = {
  creating: 'Making the database: this happens once.',
  recovering: 'The database was not stopped in order: it recovers.',
  adopting: 'The database still runs from before: taking it over.',
  restarting: 'The database died and is started again.',
};

async function makeTestInstallation(ownerUrl: string): Promise<void> {
  try {
    await enableTestMode(ownerUrl);
  } catch (error) {
    // object_not_in_prerequisite_state: the database's own rule refuses.
    if (codeOf(error) !== '55000') throw error;
    throw new StartError(
      'not_a_test_installation',
      'GREENROOM_TEST_MODE is set, and this database has accounts: a real installation never becomes a test one.',
      {
        cause: error,
        remedy: 'Take GREENROOM_TEST_MODE out, or use another data folder or database.',
      },
    );
  }
}
