import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const compiled = fileURLToPath(new URL('../../node_modules/.cache/proofs/', import.meta.url));
/** The end of a process's log that is kept, to be shown when something is wrong. */
const KEPT_LOG_CHARACTERS = 200_000;

/** How a process ended. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `greenroom serve` of a proof, in a process of its own. */
export interface GreenroomProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Where it listens, once it does; rejects if it ends before. */
  readonly ready: Promise<{ readonly url: string }>;
  readonly ended: Promise<Ended>;
  /** The end of its log so far. */
  readonly log: () => string;
}

/** How a process is started. */
export interface ProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Flags of Node besides ours. */
  readonly flags?: readonly string[];
}

/** Starts `greenroom serve --json` with this environment and nothing of ours besides it. */
export function startGreenroom({ env, flags = [] }: ProcessOptions): GreenroomProcess {
  const nodeFlags = ['--conditions=@greenroom/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...nodeFlags, ...flags, program, 'serve', '--json'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/nonexistent',
      // Half of what a start costs is to compile the same files again.
      NODE_COMPILE_CACHE: compiled,
      ...env,
    },
    // By the channel it hears that this process is gone, and ends, too.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stdout = '';
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-KEPT_LOG_CHARACTERS);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<{ readonly url: string }>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const end = stdout.indexOf('\n');
      if (end < 0) return;
      // One line of JSON: where it listens, or why it does not.
      const said = JSON.parse(stdout.slice(0, end)) as { readonly url?: string };
      if (said.url === undefined) reject(new Error(`A server did not start: ${stdout}`));
      else resolve({ url: said.url });
    });
    void ended.then(({ code, signal }) => {
      reject(new Error(`A server ended with ${code ?? signal} before it was ready:\n${log}`));
    });
  });
  // One that is killed before it is ready has nobody who waits for it.
  ready.catch(() => undefined);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  return { child, ready, ended, log: () => log, [Symbol.asyncDispose]: stop };
}
