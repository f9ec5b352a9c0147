import type { MasterKey, MasterKeys } from './master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { VaultError } from './vault-error.ts';

/** How long a process that did not find a key in its source waits before it looks again. */
const PATIENCE_MS = 1000;

/**
 * The master keys that this process knows.
 *
 * A rotation changes the source while we run. So a key that we do not know is looked for in the
 * source again before anything fails; all who ask at once share one look. A command is run within the
 * caller's transaction then: once a rotation, in each process.
 */
export class MasterKeyRing {
  readonly #source: MasterKeySource;
  #keys: MasterKeys;
  #reading: Promise<void> | undefined;
  #missedAt = Number.NEGATIVE_INFINITY;

  constructor(source: MasterKeySource, keys: MasterKeys) {
    this.#source = source;
    this.#keys = keys;
  }

  /** The key that the source names first. */
  get first(): MasterKey {
    return this.#keys[0];
  }

  /**
   * The key with an id.
   *
   * @throws {VaultError} If the source does not give it, even read again.
   */
  async get(id: string): Promise<MasterKey> {
    const known = this.#find(id);
    if (known !== undefined) return known;
    // The process's own time, not the domain's: this only spares the source.
    if (performance.now() - this.#missedAt > PATIENCE_MS) {
      await this.#readAgain();
      const found = this.#find(id);
      if (found !== undefined) return found;
      this.#missedAt = performance.now();
    }
    throw new VaultError('master_key_wrong', this.#explain(id));
  }

  #find(id: string): MasterKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  async #readAgain(): Promise<void> {
    this.#reading ??= this.#source
      .read()
      .then((keys) => {
        this.#keys = keys;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    await this.#reading;
  }

  #explain(id: string): string {
    const known = this.#keys.map((key) => key.id).join(', ');
    return (
      `The secrets in this database are sealed under the master key ${id}, and ${this.#source.place} gives ${known}. ` +
      'Nothing was changed. Give Greenroom the master key that this database was used with; ' +
      'if it was rotated, give the former one too, as GREENROOM_MASTER_KEY_PREVIOUS. Without it nobody opens them: if it is lost for good, `greenroom keys forget` gives them up, and every account has to be connected again.'
    );
  }
}
