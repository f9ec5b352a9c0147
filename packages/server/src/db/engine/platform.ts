import { EngineError } from './engine-error.ts';

/** The machine, as far as binaries go. */
export interface Platform {
  /** `process.platform`. */
  readonly os: string;
  /** `process.arch`. */
  readonly arch: string;
  /** Whether the C library is musl (Alpine), on which the binaries do not run. */
  readonly isMusl: boolean;
}

/** The machine this process runs on. */
export function thisPlatform(): Platform {
  return { os: process.platform, arch: process.arch, isMusl: isMusl() };
}

/**
 * Name of the npm package that holds PostgreSQL for a platform, without its scope: `linux-x64`.
 *
 * @throws {EngineError} `no_binaries`, if there is none.
 */
export function binariesName(platform: Platform): string {
  const name = BINARIES[`${platform.os}-${platform.arch}`];
  if (name !== undefined && !platform.isMusl) return name;
  const what = platform.isMusl ? 'musl (Alpine)' : platform.arch;
  throw new EngineError(
    'no_binaries',
    `The embedded PostgreSQL does not run on ${platform.os} with ${what}. ${POINTER}`,
  );
}

/** What to do where the embedded database does not run. */
export const POINTER =
  'Set DATABASE_URL to a PostgreSQL server, 15 or later: postgres://user:password@host/database';

const BINARIES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/** Node knows which C library it was built for; its report takes a millisecond without the network interfaces. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  Object.assign(process.report, { excludeNetwork: true });
  // The header of a report is described in Node's documentation, and not in its types.
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined;
}
