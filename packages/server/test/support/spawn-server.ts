import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));

/** What `greenroom serve --json` says when it is ready. */
interface ReadyLine {
  readonly url: string;
  readonly public_url: string;
  readonly role: string;
  readonly data_folder: string | null;
  readonly setup_url: string | null;
  readonly pid: number;
}

/** How a process ended. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server in a process of its own, in a process group of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it said when it was ready; rejects if it ends before. */
  readonly ready: Promise<ReadyLine>;
  readonly ended: Promise<Ended>;
  /** What it has written to stderr so far: its log. */
  readonly stderr: () => string;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Starts `greenroom serve --json` with this environment and nothing of ours besides it. */
export function spawnServer(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ServerProcess {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@greenroom/source',
      '--disable-warning=ExperimentalWarning',
      cli,
      'serve',
      '--json',
      ...args,
    ],
    {
      env: { ...bareEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const ready = new Promise<ReadyLine>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (!stdout.includes('\n')) return;
      // One line of JSON: that it is ready, whose fields the tests compare, or why it cannot start.
      const line = JSON.parse(stdout.split('\n', 1)[0] ?? '') as ReadyLine | { error: unknown };
      if ('url' in line) resolve(line);
    });
    void ended.then(({ code, signal }) => {
      reject(new Error(`The server ended with ${code ?? signal}: ${stdout}${stderr}`));
    });
  });
  // A server that is meant to fail has no line, and nobody waits for it.
  ready.catch(() => undefined);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  return {
    child,
    ready,
    ended,
    stderr: () => stderr,
    stop,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGTERM');
    },
  };
}

/** Nothing of the machine's, but where Node keeps what it has compiled (`vitest.shared.ts`). */
function bareEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent' };
}
