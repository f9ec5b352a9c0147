import { spawn } from 'node:child_process';
import { VaultError } from './vault-error.ts';

/** How long a key manager may take, unless told otherwise. */
const TIME_LIMIT_MS = 10_000;

/** A master key is short; whatever says more is not printing one. */
const MAX_BYTES = 4096;

/**
 * Runs a command in the shell and gives what it prints.
 *
 * @param name - Key of the configuration that gave it, for errors.
 *
 * What it writes to stderr goes nowhere: a secret might be in it.
 *
 * @throws {VaultError} If it fails, takes too long or prints too much; then it is killed with all it started.
 */
export async function runKeyCommand(
  name: string,
  command: string,
  timeLimitMs = TIME_LIMIT_MS,
): Promise<string> {
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that what the shell started ends with it. Windows has no groups.
    detached: process.platform !== 'win32',
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (what: string, cause?: unknown) => {
      clearTimeout(timer);
      killGroup(child.pid);
      child.stdout.destroy();
      reject(failed(name, what, cause));
    };
    const timer = setTimeout(() => fail(`took longer than ${timeLimitMs / 1000} s`), timeLimitMs);
    child.on('error', (cause) => fail('could not be started', cause));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) fail('printed more than a master key');
    });
    child.on('close', (status, signal) => {
      if (status !== 0) return fail(`ended with ${status === null ? signal : `status ${status}`}`);
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function failed(name: string, what: string, cause: unknown): VaultError {
  return new VaultError(
    'master_key_command_failed',
    `The command of ${name} ${what}. Run it by hand, as the user that Greenroom runs as, to see why: it must print the master key and end with 0.`,
    { cause },
  );
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
