import { readFile, rename, writeFile } from 'node:fs/promises';
import type { EmulatorControl } from '../control/client.ts';
import { EmulatorControlError } from '../control/client.ts';
import { SeedError } from '../seed/read-seed.ts';

/**
 * Goes on from a snapshot in a file; nothing happens when there is no such file.
 *
 * @throws {SeedError} If the file cannot be read or holds no snapshot of this version.
 */
export async function restoreFrom(path: string, control: EmulatorControl): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  try {
    // PUT snapshot checks what this is.
    await control.putSnapshot(JSON.parse(text) as Parameters<EmulatorControl['putSnapshot']>[0]);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof EmulatorControlError) {
      throw new SeedError(`${path}: is no snapshot: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Writes a snapshot to a file: the old one is replaced only once the new one is complete. */
export async function saveTo(path: string, control: EmulatorControl): Promise<void> {
  const snapshot = await control.getSnapshot();
  const draft = `${path}.${process.pid}.tmp`;
  // It holds tokens and secrets, if only the emulator's.
  await writeFile(draft, JSON.stringify(snapshot), { mode: 0o600 });
  await rename(draft, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeedError(`${path}: cannot be read: ${reason}`, { cause: error });
  }
}
