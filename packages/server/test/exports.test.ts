import * as server from '@greenroom/server';
import { expect, test } from 'vitest';

test('exports these names and no others', () => {
  expect(Object.keys(server).sort()).toEqual([
    'BackupError',
    'ConfigError',
    'DatabaseError',
    'DatabaseUnavailableError',
    'EngineError',
    'EngineInUseError',
    'StartError',
    'VaultError',
    'backupInstallation',
    'createServerLog',
    'diagnose',
    'forgetInstallationKey',
    'readConfig',
    'readOwnerKey',
    'restoreInstallation',
    'rotateInstallation',
    'startServer',
  ]);
});
