import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { type Engine, startEngine } from './engine.ts';

/** What a throw-away engine is for. */
export interface ThrowAwayOptions {
  /** Major version: 15 is the oldest that Greenroom takes, and there for its own tests only. */
  readonly major?: 15 | 18;
  /** Whether commits are synced as in life, for a measurement. Default false: faster. */
  readonly isDurable?: boolean;
  /** Connections that the server takes; 100 by default. */
  readonly maxConnections?: number;
}

/**
 * Starts a new, empty database in a temporary folder, for a test, a proof or a demonstration. `stop` removes it, and
 * so does the end of this process, also by `kill -9`.
 */
export async function startThrowAwayEngine(options: ThrowAwayOptions = {}): Promise<Engine> {
  const { major = 18, isDurable = false, ...rest } = options;
  const dataFolder = await mkdtemp(join(tmpdir(), 'greenroom-engine-'));
  const endWatch = watchFolder(dataFolder);
  const cleanUp = async () => {
    await rm(dataFolder, { recursive: true, force: true });
    endWatch();
  };
  try {
    const native = major === 18 ? findBinaries() : findBinaries(`postgres${major}-`);
    const engine = await startEngine({ dataFolder, isDurable, native, ...rest });
    const stop = async () => {
      await engine.stop();
      await cleanUp();
    };
    return {
      ...engine,
      get pid() {
        return engine.pid;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/**
 * When the pipe to this process closes, whatever ended it: stop the server, and remove its folder. The server's own file
 * tells when it has ended: where nobody reaps, its number stays taken.
 */
const WATCHER = `
trap '' HUP INT TERM
read -r _
file="$1/postgres/cluster/postmaster.pid"
if read -r pid < "$file"; then
  kill -INT "$pid"
  tries=0
  while [ -e "$file" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  [ -e "$file" ] && kill -QUIT "$pid"
fi 2> /dev/null
rm -rf "$1"`;

/** Starts a shell that outlives this process to clean up behind it. */
function watchFolder(folder: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  const child = spawn('/bin/sh', ['-c', WATCHER, 'greenroom-watcher', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', () => undefined);
  child.unref();
  // The pipe alone must not keep this process running either.
  const pipe = child.stdin as unknown as { unref?: () => void; end: () => void };
  pipe.unref?.();
  return () => pipe.end();
}
