import type { Config } from '../../config/config.ts';
import { masterKeySource } from './master-key-source.ts';
import { onInstallation } from './on-installation.ts';
import { type RotationOptions, type RotationReport, rotateMasterKey } from './rotate.ts';

/** What {@link rotateInstallation} did. */
export interface InstallationRotation extends RotationReport {
  /** Path of the file that holds the master key, if it is in one. */
  readonly file: string | undefined;
}

/**
 * Rotates the master key of the installation that a configuration describes, whether its servers run or not.
 *
 * @throws {VaultError} If a key is missing, or another rotation is under way.
 * @throws {EngineError} If there is no embedded database in the data folder.
 */
export async function rotateInstallation(
  config: Config,
  options: Omit<RotationOptions, 'url' | 'masterKeys'> = {},
): Promise<InstallationRotation> {
  const masterKeys = masterKeySource(config);
  const file = masterKeys.file?.path;
  const report = await onInstallation(config, (url) =>
    rotateMasterKey({ ...options, url, masterKeys }),
  );
  return { ...report, file };
}
