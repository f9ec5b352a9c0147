import type { MasterKeys } from './master-key.ts';

/** Where an installation's master key comes from. */
export interface MasterKeySource {
  /** Which of the three kinds it is. */
  readonly kind: 'environment' | 'file' | 'command';
  /** The place in words, such as `the file /srv/greenroom/master.key`; holds no secret. */
  readonly place: string;
  /**
   * Reads the keys now: the one to use first, then those that only open.
   *
   * @throws {VaultError} If there is none, or it cannot be read or used.
   */
  read(): Promise<MasterKeys>;
  /**
   * Makes the first master key of a new installation and gives it. Only where that is safe: on the
   * embedded default. Never replaces one that is there.
   */
  readonly make?: () => Promise<MasterKeys>;
  /**
   * Replaces the keys of the source, in one step that a crash cannot halve.
   * A source without this one is changed by its operator.
   */
  readonly replace?: (keys: MasterKeys) => Promise<void>;
}
