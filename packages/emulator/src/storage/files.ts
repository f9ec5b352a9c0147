import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The temporary folder of one emulator, made when the first file needs it. */
export class TemporaryFiles {
  #folder: string | undefined;
  #lastName = 0;
  #closed = false;

  /**
   * A path for a new file; the folder exists, the file does not.
   *
   * @throws {Error} Once it is closed: a folder made then would stay.
   */
  newPath(suffix = ''): string {
    if (this.#closed) throw new Error('The emulator is closed.');
    this.#folder ??= mkdtempSync(join(tmpdir(), 'greenroom-emulator-'));
    this.#lastName += 1;
    return join(this.#folder, `${this.#lastName}${suffix}`);
  }

  /** Removes the folder and all in it. */
  async close(): Promise<void> {
    this.#closed = true;
    const folder = this.#folder;
    this.#folder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
