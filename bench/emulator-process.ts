import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(
  new URL('../packages/emulator/bin/greenroom-emulator.js', import.meta.url),
);

/** An emulator that runs in a process of its own, so that its memory and its core are its own. */
export interface EmulatorProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Resident memory of the process now, in bytes (Linux only). */
  rss(): number;
  /** Sends a call of the control API, and gives its JSON answer. */
  control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
}

/** Starts the compiled emulator as a user would, with `arguments_` after `--port 0 --json`. */
export async function startEmulatorProcess(
  arguments_: readonly string[] = [],
): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [BIN, '--port', '0', '--json', ...arguments_], {
    // The compiled package is what users run; stripping types would cost memory of its own.
    env: { ...process.env, GREENROOM_EMULATOR_RUN: 'dist' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), exited]);
  const ready: unknown = typeof first[0] === 'string' ? JSON.parse(first[0]) : undefined;
  if (!isReady(ready)) throw new Error('the emulator ended before it was ready');
  const { pid } = child;
  if (pid === undefined) throw new Error('the emulator has no process id');
  return {
    url: ready.url,
    pid,
    rss: () => residentBytes(pid),
    control: async (method, path, body) => {
      const response = await fetch(new URL(`/_emulator/${path}`, ready.url), {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
      const text = await response.text();
      // The control API answers an object, or nothing.
      return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function isReady(value: unknown): value is { readonly url: string } {
  return (
    typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string'
  );
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
