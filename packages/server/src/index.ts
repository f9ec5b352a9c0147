export type { ForgetOptions, ForgetReport, LostKeys } from './accounts/vault/forget.ts';
export { forgetInstallationKey } from './accounts/vault/forget-installation.ts';
export type { ForgottenValues } from './accounts/vault/forget-queries.ts';
export type {
  RotationOptions,
  RotationProgress,
  RotationReport,
  RotationStep,
} from './accounts/vault/rotate.ts';
export {
  type InstallationRotation,
  rotateInstallation,
} from './accounts/vault/rotate-installation.ts';
export { VaultError, type VaultErrorCode } from './accounts/vault/vault-error.ts';
export type { BackupOptions, BackupReport } from './backup/backup.ts';
export { BackupError, type BackupErrorCode } from './backup/backup-error.ts';
export {
  backupInstallation,
  type RestoredInstallation,
  restoreInstallation,
} from './backup/installation.ts';
export type { BackupProgress } from './backup/read-database.ts';
export type { RestoreOptions, RestoreReport } from './backup/restore.ts';
export { type Config, ConfigError, readConfig } from './config/config.ts';
export { EngineError, type EngineErrorCode, EngineInUseError } from './db/engine/engine-error.ts';
export { DatabaseError, type DatabaseErrorCode, DatabaseUnavailableError } from './db/errors.ts';
export { diagnose, type Finding } from './doctor/diagnose.ts';
export type { Log } from './logging/log.ts';
export { createServerLog } from './logging/server-log.ts';
export { StartError } from './runtime/start-error.ts';
export {
  type RunningServer,
  type StartServerOptions,
  startServer,
} from './runtime/start-server.ts';
export { readOwnerKey } from './workspaces/owner-key.ts';
