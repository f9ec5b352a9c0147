import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, chooseAddress, ownerUrl } from './address.ts';
import { type EngineOptions, startEngine } from './engine.ts';
import { EngineError, EngineInUseError } from './engine-error.ts';
import { layoutOf } from './layout.ts';
import { readPostmasterFile } from './postmaster-file.ts';

/** The embedded database, for as long as one command needs it. */
export interface BorrowedEngine extends AsyncDisposable {
  /** Connection string of the owner, with the password. */
  readonly url: string;
  /** Process id of the Greenroom server that runs it; undefined if the command itself does. */
  readonly ownerPid: number | undefined;
}

/** How long a server that is just starting may take until its database answers. */
const PATIENCE_MS = 60_000;

/**
 * Gives the database of a data folder to a command that works while the server runs and while it does not: the
 * running server's, or else one that is started for the command and stopped behind it.
 *
 * @throws {EngineError} `missing`, if there is no database in the folder: none is made.
 */
export async function borrowEngine(given: EngineOptions): Promise<BorrowedEngine> {
  const options = { ...given, dataFolder: resolve(given.dataFolder) };
  await requireDatabase(options.dataFolder);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const engine = await startEngine(options);
      return {
        url: engine.url,
        ownerPid: undefined,
        [Symbol.asyncDispose]: () => engine.stop(),
      };
    } catch (error) {
      if (!(error instanceof EngineInUseError)) throw error;
      const url = await findRunningUrl(options.dataFolder);
      if (url !== undefined) {
        return { url, ownerPid: error.ownerPid, [Symbol.asyncDispose]: async () => undefined };
      }
      if (Date.now() > deadline) throw error;
    }
    // It is starting, or stopping: then it is ours in a moment.
    await sleep(100);
  }
}

async function requireDatabase(dataFolder: string): Promise<void> {
  const { root } = layoutOf(join(dataFolder, 'postgres'));
  if ((await stat(root).catch(() => undefined)) !== undefined) return;
  throw new EngineError(
    'missing',
    `There is no database in ${dataFolder}. Name the data folder of your server (GREENROOM_DATA or --data), or its DATABASE_URL.`,
  );
}

async function findRunningUrl(dataFolder: string): Promise<string | undefined> {
  const layout = layoutOf(join(dataFolder, 'postgres'));
  const file = await readPostmasterFile(layout);
  if (file?.status !== 'ready') return undefined;
  const address: Address = file.hasSocket
    ? await chooseAddress(layout)
    : { socketFolder: undefined, port: file.port };
  return ownerUrl(address, (await readFile(layout.password, 'utf8')).trim());
}
