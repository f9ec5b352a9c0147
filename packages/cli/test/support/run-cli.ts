import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The file that people run. */
export const bin = fileURLToPath(new URL('../../bin/greenroom.js', import.meta.url));

/** How a run ended. */
export interface RunEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface CliRun extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<RunEnd>;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** How a command is run. */
export interface RunOptions {
  /** Its whole environment, besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts `greenroom` as a person does, in a process group of its own. */
export function startCli(args: readonly string[], options: RunOptions = {}): CliRun {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...bareEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<RunEnd>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Runs `greenroom` to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunEnd> {
  return startCli(args, options).ended;
}

/** Nothing of the machine's, but where Node keeps what it has compiled (`vitest.shared.ts`). */
function bareEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent' };
}
