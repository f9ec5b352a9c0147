import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Order } from './orders.ts';

/** A process of the proof, and what it says line by line. */
export interface Child {
  readonly process: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Hears each line; lines that came earlier too. */
  onLine(listener: (line: string) => void): void;
}

/** Starts one of the files beside this one. */
export function startChild(file: string, order: Order): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const flags = ['--conditions=@greenroom/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, path, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // A process that is killed breaks the pipe to it.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  const heard: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  lines.on('line', (line) => {
    heard.push(line);
    for (const listener of listeners) listener(line);
  });
  // Not before the last line was read: `exit` may come while the pipe still holds some.
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
  }));
  return {
    process: child,
    ended,
    onLine: (listener) => {
      for (const line of heard) listener(line);
      listeners.push(listener);
    },
  };
}
