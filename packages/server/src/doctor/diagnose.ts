import { type Config, withPort } from '../config/config.ts';
import { Clock } from '../db/clock.ts';
import { openDatabase } from '../db/database.ts';
import { EngineError } from '../db/engine/engine-error.ts';
import { Closers } from '../runtime/closers.ts';
import { checkAccounts } from './check-accounts.ts';
import { checkPublicUrl, checkServer, findServer } from './check-address.ts';
import { checkApps, checkTikTokClock, findApps } from './check-apps.ts';
import { checkDatabase, type DatabaseCheck, notMadeYet, unreachable } from './check-database.ts';
import { checkDisk, checkFiles } from './check-files.ts';
import { checkVault } from './check-vault.ts';
import { type Finding, failedBy, warning } from './finding.ts';

export type { Finding } from './finding.ts';

/**
 * Looks at everything that an installation needs, whether its servers run or not, and changes nothing.
 *
 * Each thing is looked at by itself: one that fails hides no other.
 */
export async function diagnose(configured: Config): Promise<readonly Finding[]> {
  const closers = new Closers();
  const unreadable: string[] = [];
  try {
    const found = await findServer(configured, (file) => unreadable.push(file));
    // A server that found its port taken, or was told another, is reached there.
    const config = found === undefined ? configured : withPort(configured, portOf(found.url));
    return [
      await guarded('server', () => checkServer(configured, found)),
      ...unreadable.map(toServerFileFinding),
      checkPublicUrl(config),
      await guarded('files', () => checkFiles(config)),
      await guarded('disk', () => checkDisk(config)),
      ...(await diagnoseInside(config, closers)),
      await checkTikTokClock(config),
    ];
  } finally {
    await closers.close();
  }
}

/** The database and what is behind it: vault, apps, accounts. */
async function diagnoseInside(config: Config, closers: Closers): Promise<Finding[]> {
  const { findings, reached } = await reachDatabase(config, closers);
  if (reached !== undefined) closers.add(() => reached.client.end());
  const database =
    reached?.isCurrent === true
      ? await openDatabase({ url: reached.url, maxConnections: 3 })
      : undefined;
  if (database !== undefined) closers.add(() => database.close());
  const { findings: keys, vault } = await checkVault(config, reached, database);
  const opened = database === undefined || vault === undefined ? undefined : { database, vault };
  const apps = await findApps(config, reached, opened);
  return [
    ...findings,
    ...keys,
    ...(await checkApps(config, database?.clock ?? new Clock(), apps)),
    ...(reached?.isCurrent === true ? await checkAccounts(reached) : []),
  ];
}

async function reachDatabase(config: Config, closers: Closers): Promise<DatabaseCheck> {
  if (config.databaseUrl !== undefined) return checkDatabase(config.databaseUrl.open());
  // Loaded only where it runs.
  const { borrowEngine } = await import('../db/engine/borrow-engine.ts');
  try {
    const engine = await borrowEngine({ dataFolder: config.dataFolder });
    closers.add(async () => engine[Symbol.asyncDispose]());
    return await checkDatabase(engine.url);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'missing') return notMadeYet(config);
    if (!(error instanceof EngineError)) return unreachable(error);
    return { findings: [failedBy('database', error)], reached: undefined };
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

function toServerFileFinding(file: string): Finding {
  return warning(
    'server_file',
    `${file} cannot be read, so commands look for the server at its usual address.`,
    'Start the server again: it writes the file anew.',
  );
}

async function guarded(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return failedBy(check, error);
  }
}
