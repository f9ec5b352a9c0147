import { EngineError } from './engine-error.ts';
import { POINTER } from './platform.ts';

/**
 * What a program of PostgreSQL failed for, told by what it wrote.
 *
 * @param folder - The data folder.
 * @param output - What it wrote to its log or to the terminal.
 */
export function startFailure(folder: string, output: string): EngineError {
  for (const { pattern, code, words } of CAUSES) {
    if (pattern.test(output))
      return new EngineError(code, `${words(folder)}\n${lastLines(output)}`);
  }
  const words = `The embedded database in ${folder} did not start. Nothing was changed in it.`;
  return new EngineError('not_started', `${words} PostgreSQL says:\n${lastLines(output)}`);
}

/** The same for an error of this process's own calls, which else is given back as it is. */
export function toEngineError(folder: string, error: unknown): unknown {
  if (error instanceof EngineError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new EngineError('disk_full', diskFull(folder), { cause: error });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new EngineError('no_access', noAccess(folder, error.message), { cause: error });
  }
  return error;
}

const CAUSES = [
  {
    pattern: /No space left on device|Disk quota exceeded|Check free disk space/,
    code: 'disk_full',
    words: diskFull,
  },
  {
    pattern: /database files are incompatible|not compatible with this version/,
    code: 'other_version',
    words: (folder: string) =>
      `The data in ${folder} was written by another version of PostgreSQL.`,
  },
  {
    pattern: /error while loading shared libraries|Library not loaded|version `GLIBC/,
    code: 'cannot_run',
    words: () => `The embedded PostgreSQL cannot be run on this machine. ${POINTER}`,
  },
  {
    pattern: /pre-existing shared memory block/,
    code: 'still_ending',
    words: (folder: string) =>
      `Processes of a server that died still work on ${folder}. End them, and start again.`,
  },
  {
    pattern: /Permission denied|has wrong ownership|invalid permissions/,
    code: 'no_access',
    words: (folder: string) => noAccess(folder, 'PostgreSQL was denied a file'),
  },
] as const;

function diskFull(folder: string): string {
  return `The disk that holds ${folder} is full. Nothing was lost: free some space, 200 MB or more, and start again.`;
}

function noAccess(folder: string, detail: string): string {
  return `The database in ${folder} is out of reach (${detail}). Start Greenroom as the user that the folder belongs to, or give the folder to this one.`;
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-8).join('\n');
}
