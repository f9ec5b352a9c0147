import type { Config } from '../../config/config.ts';
import { type ForgetOptions, type ForgetReport, forgetMasterKey } from './forget.ts';
import { masterKeySource } from './master-key-source.ts';
import { onInstallation } from './on-installation.ts';

/**
 * Gives up what was sealed under a lost master key, in the installation that a configuration describes.
 *
 * @returns `undefined` if it was not confirmed.
 * @throws {VaultError} If the configuration gives every key, if a server runs, or if nothing is sealed.
 * @throws {EngineError} If there is no embedded database in the data folder.
 */
export function forgetInstallationKey(
  config: Config,
  { confirm }: Pick<ForgetOptions, 'confirm'>,
): Promise<ForgetReport | undefined> {
  const masterKeys = masterKeySource(config);
  return onInstallation(config, (url) => forgetMasterKey({ url, masterKeys, confirm }));
}
