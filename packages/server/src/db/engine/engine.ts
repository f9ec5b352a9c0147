import { chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseAddress, ownerUrl } from './address.ts';
import { findBinaries, prepareBinaries } from './binaries.ts';
import { createCluster } from './create-cluster.ts';
import { EngineError } from './engine-error.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { type Layout, layoutOf } from './layout.ts';
import {
  adoptPostmaster,
  hasSettings,
  type Postmaster,
  readServerVersion,
  type Start,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import {
  disownLockFiles,
  isServerOf,
  type PostmasterFile,
  readPostmasterFile,
} from './postmaster-file.ts';
import type { Runner } from './programs.ts';
import { type Engine, superviseEngine } from './running-engine.ts';
import { findServerUser, giveTo, type ServerUser } from './server-user.ts';
import { serverSettings } from './settings.ts';
import { toEngineError } from './start-failure.ts';

export type { Engine } from './running-engine.ts';

/** What the embedded database is doing. */
export type EngineStep =
  | 'creating'
  | 'starting'
  | 'recovering'
  | 'adopting'
  | 'ready'
  | 'restarting';

/** How the embedded database is started. */
export interface EngineOptions {
  /** Greenroom's data folder; the database is kept in its folder `postgres`. Made where it is missing. */
  readonly dataFolder: string;
  /** Connections that the server takes; 100 by default. */
  readonly maxConnections?: number;
  /** False for a throw-away database only: a power cut may lose it. Default true. */
  readonly isDurable?: boolean;
  /** Folder of other binaries than those of this package's own dependency. */
  readonly native?: string;
  /** Is told each step, for a person who waits. */
  readonly onStep?: (step: EngineStep) => void;
}

/**
 * Starts the embedded PostgreSQL of a data folder, which is made when it is new, or adopts its server when a
 * process that was killed left it running. A server that dies is started again.
 *
 * @throws {EngineInUseError} If another process works on the folder.
 * @throws {EngineError} With what to do about it; nothing in the folder is destroyed.
 */
export async function startEngine(given: EngineOptions): Promise<Engine> {
  // PostgreSQL works in another folder than this process.
  const dataFolder = resolve(given.dataFolder);
  const options = { ...given, dataFolder };
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const lock = await lockFolder(dataFolder);
    try {
      return await startLocked(options, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw toEngineError(dataFolder, error);
  }
}

async function startLocked(options: EngineOptions, lock: FolderLock): Promise<Engine> {
  const onStep = options.onStep ?? (() => undefined);
  const layout = layoutOf(join(options.dataFolder, 'postgres'));
  const user = await findServerUser();
  const runner = { binaries: await prepareBinaries(options.native ?? findBinaries(), user), user };
  await ensureCluster(options, runner, layout, onStep);
  const start = await planStart(options, runner, layout);
  const { postmaster, wasAdopted } = await adoptOrStart(start, onStep);
  onStep('ready');
  return superviseEngine({
    start,
    postmaster,
    wasAdopted,
    lock,
    // A server that was out of sight for a while may be there after all.
    restart: async () => (await adoptOrStart(start, onStep)).postmaster,
    onRestart: () => onStep('restarting'),
  });
}

/** Makes the cluster where there is none, and checks the one that is there. */
async function ensureCluster(
  options: EngineOptions,
  runner: Runner,
  layout: Layout,
  onStep: (step: EngineStep) => void,
): Promise<void> {
  if (!(await isThere(layout.root))) {
    onStep('creating');
    await createCluster(runner, layout, options.isDurable ?? true);
    return;
  }
  const version = await readFile(join(layout.cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined || !(await isThere(layout.password))) {
    throw new EngineError(
      'not_ours',
      `${layout.root} holds no database of Greenroom. It was left as it is: move it away, or choose another data folder (GREENROOM_DATA).`,
    );
  }
  if (Number(version) !== runner.binaries.major) {
    throw new EngineError(
      'other_version',
      `The database in ${layout.root} was written by PostgreSQL ${version.trim()}, and this Greenroom brings ${runner.binaries.major}. It was left as it is: make a backup with the Greenroom that wrote it (greenroom backup), and restore it into a new data folder (greenroom restore).`,
    );
  }
  if (runner.user !== undefined) await giveCluster(runner.user, layout);
}

/** A folder that root copied or unpacked belongs to root. */
async function giveCluster(user: ServerUser, layout: Layout): Promise<void> {
  const places = [layout.root, layout.cluster, layout.run];
  const owners = await Promise.all(places.map(async (place) => (await stat(place)).uid));
  if (owners.every((uid) => uid === user.uid)) return;
  await chown(layout.root, user.uid, user.gid);
  await giveTo(user, layout.cluster);
  await giveTo(user, layout.run);
}

/** What the server says that runs in the folder already. */
async function findRunning(layout: Layout): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(layout);
  return file !== undefined && (await isServerOf(layout, file.pid)) ? file : undefined;
}

async function planStart(options: EngineOptions, runner: Runner, layout: Layout): Promise<Start> {
  const running = await findRunning(layout);
  // A socket is where it always is; a port was chosen by who started the server.
  const address =
    running?.hasSocket === false
      ? { socketFolder: undefined, port: running.port }
      : await chooseAddress(layout);
  const password = (await readFile(layout.password, 'utf8')).trim();
  const settings = serverSettings(runner.binaries.major, {
    maxConnections: options.maxConnections ?? 100,
    isDurable: options.isDurable ?? true,
  });
  return { runner, layout, address, url: ownerUrl(address, password), settings };
}

async function adoptOrStart(
  start: Start,
  onStep: (step: EngineStep) => void,
): Promise<{ readonly postmaster: Postmaster; readonly wasAdopted: boolean }> {
  // One look decides both: a folder that comes back into sight between two would have a living server taken for dead.
  const left = await readPostmasterFile(start.layout);
  if (left === undefined || !(await isServerOf(start.layout, left.pid))) {
    return { postmaster: await startAnew(start, left !== undefined, onStep), wasAdopted: false };
  }
  const adopted = await adopt(start, left.pid, onStep);
  if (adopted !== undefined) return { postmaster: adopted, wasAdopted: true };
  const wasLeft = (await readPostmasterFile(start.layout)) !== undefined;
  return { postmaster: await startAnew(start, wasLeft, onStep), wasAdopted: false };
}

/** Takes over the server that runs already, unless it has other binaries or settings than ours: that one is stopped. */
async function adopt(
  start: Start,
  pid: number,
  onStep: (step: EngineStep) => void,
): Promise<Postmaster | undefined> {
  onStep('adopting');
  const postmaster = await adoptPostmaster(start.layout, pid);
  if (postmaster === undefined) return undefined;
  const isOurs =
    (await hasSettings(start)) &&
    (await readServerVersion(start.url)) === start.runner.binaries.version;
  if (isOurs) return postmaster;
  await stopPostmaster(start.runner, start.layout, pid);
  return undefined;
}

/** @param wasLeft - Whether a dead server left its lock files behind. */
async function startAnew(
  start: Start,
  wasLeft: boolean,
  onStep: (step: EngineStep) => void,
): Promise<Postmaster> {
  onStep(wasLeft ? 'recovering' : 'starting');
  if (wasLeft) await disownLockFiles(start.layout, start.runner.user);
  return startWhenFree(start);
}

/** The processes of a server that was killed take a moment to notice. */
async function startWhenFree(start: Start): Promise<Postmaster> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await startPostmaster(start);
    } catch (error) {
      const isSoonFree = error instanceof EngineError && error.code === 'still_ending';
      if (!isSoonFree || Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
