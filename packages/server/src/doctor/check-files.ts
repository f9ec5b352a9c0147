import { stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const MB = 1_000_000;
const LEAST_FREE_BYTES = 200 * MB;
const COMFORTABLE_BYTES = 2000 * MB;

/** Whether files with secrets are for their owner alone. */
export async function checkFiles(config: Config): Promise<Finding> {
  const { dataFolder, masterKeyFile, masterKeyFilePrevious } = config;
  const files = [
    dataFolder,
    join(dataFolder, 'master.key'),
    join(dataFolder, 'owner.key'),
    ...(masterKeyFile === undefined ? [] : [masterKeyFile]),
    ...(masterKeyFilePrevious === undefined ? [] : [masterKeyFilePrevious]),
  ];
  // Windows keeps no such bits.
  const open = process.platform === 'win32' ? [] : await filter(files, isOpenToOthers);
  if (open.length === 0) return ok('files', 'Files with secrets are for their owner alone.');
  return failed(
    'files',
    `Others than their owner may read or enter: ${open.join(', ')}.`,
    `Take that away: chmod go-rwx ${open.map((path) => `'${path}'`).join(' ')}`,
  );
}

/** Whether the data folder has room; where it does not exist yet, its nearest parent. */
export async function checkDisk({ dataFolder }: Config): Promise<Finding> {
  const folder = await nearestExisting(resolve(dataFolder));
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const words = `${folder} has ${Math.floor(free / MB).toLocaleString('en')} MB free.`;
  const remedy = 'Make room on that disk, or move the data folder (GREENROOM_DATA) to another.';
  if (free < LEAST_FREE_BYTES) return failed('disk', words, remedy);
  return free < COMFORTABLE_BYTES ? warning('disk', words, remedy) : ok('disk', words);
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  // The folder must be passable for the database's own user when Greenroom runs as root; what matters is inside.
  return (found.mode & (found.isDirectory() ? 0o066 : 0o077)) !== 0;
}

async function nearestExisting(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : nearestExisting(dirname(path));
}

async function filter(
  paths: readonly string[],
  holds: (path: string) => Promise<boolean>,
): Promise<string[]> {
  const results = await Promise.all(paths.map(holds));
  return paths.filter((_, index) => results[index]);
}
