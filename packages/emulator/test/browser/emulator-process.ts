import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** An emulator in a process of its own, started as a person would start it. */
export interface EmulatorProcess {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

const bin = new URL('../../bin/greenroom-emulator.js', import.meta.url).pathname;

/**
 * Starts the emulator by its command. Playwright's loader knows nothing of our export conditions; the
 * command brings its own.
 */
export async function startEmulatorProcess(): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [bin, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The emulator ended with ${code} before it was ready.`);
    }),
  ]);
  // Its one line of JSON is part of its interface.
  const { url } = JSON.parse(String(line)) as { url: string };
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
