import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { EngineOptions, EngineStep } from '../../src/db/engine/engine.ts';
import type { EngineErrorCode } from '../../src/db/engine/engine-error.ts';

/** What an engine's process says. */
export type ChildEvent =
  | { readonly kind: 'step'; readonly step: EngineStep }
  | ({ readonly kind: 'started' } & StartedChild)
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly code?: EngineErrorCode;
      readonly ownerPid?: number;
    };

interface StartedChild {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  readonly wasAdopted: boolean;
}

/** How the process is started. */
export interface SpawnOptions {
  /** Command that starts it: `['unshare', '--mount', …]`. */
  readonly via?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** A process that owns an engine. */
export interface EngineProcess extends AsyncDisposable {
  readonly pid: number;
  /** Waits until the engine runs. */
  started(): Promise<StartedChild>;
  /** Waits until it says that it cannot. */
  failed(): Promise<ChildEvent & { readonly kind: 'failed' }>;
  /** Waits until it is at a step. */
  at(step: EngineStep): Promise<void>;
  steps(): EngineStep[];
  says(line: 'stop' | 'exit'): void;
  kill(signal: NodeJS.Signals, whom?: 'process' | 'group'): Promise<void>;
  /** Waits until the process ended. */
  ended(): Promise<void>;
  has(kind: ChildEvent['kind']): boolean;
}

const CHILD = fileURLToPath(new URL('./engine-child.ts', import.meta.url));

/** Starts an engine in a process of its own, which is killed at the end; its server then is the test's to stop. */
export function spawnEngine(
  options: Omit<EngineOptions, 'onStep'> | 'throw-away',
  how: SpawnOptions = {},
): EngineProcess {
  const { via = [], ...user } = how;
  const [command = '', ...args] = [...via, process.execPath, CHILD, JSON.stringify(options)];
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    ...user,
  });
  const events: ChildEvent[] = [];
  let talk = '';
  child.stderr.on('data', (data) => {
    talk += data;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Written by `engine-child.ts`.
    events.push(JSON.parse(line) as ChildEvent);
  });
  const ended = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  async function find<T>(search: (event: ChildEvent) => T | undefined): Promise<T> {
    const found = () => events.map(search).find((event) => event !== undefined);
    await expect
      .poll(() => found() !== undefined || hasEnded(), { timeout: 60_000, interval: 5 })
      .toBe(true);
    const result = found();
    if (result === undefined) throw new Error(`it said: ${JSON.stringify(events)} ${talk}`);
    return result;
  }
  const pid = child.pid ?? 0;
  return {
    pid,
    started: () => find((event) => (event.kind === 'started' ? event : undefined)),
    failed: () => find((event) => (event.kind === 'failed' ? event : undefined)),
    at: async (step) => {
      await find((event) => (event.kind === 'step' && event.step === step) || undefined);
    },
    steps: () => events.flatMap((event) => (event.kind === 'step' ? [event.step] : [])),
    says: (line) => child.stdin.write(`${line}\n`),
    kill: async (signal, whom = 'process') => {
      process.kill(whom === 'group' ? -pid : pid, signal);
      if (signal === 'SIGKILL') await ended;
    },
    ended: async () => {
      await ended;
    },
    has: (kind) => events.some((event) => event.kind === kind),
    [Symbol.asyncDispose]: async () => {
      if (!hasEnded()) child.kill('SIGKILL');
      await ended;
    },
  };
}
