import { resolve } from 'node:path';
import type { BackupProgress, BackupReport } from '@greenroom/server';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** `greenroom backup`: writes all that Greenroom keeps in its database to one file. */
export function registerBackup(program: Command, context: CliContext): void {
  program
    .command('backup')
    .description('write everything in the database to one file, while servers run')
    .argument('<file>', 'the file to write; it must not exist')
    .addHelpText(
      'after',
      '\nIt works on the database itself: run it with the environment of the server, which may run or not. Tokens and other secrets are in the file as they are in the database, sealed; the master key is not in it and must be kept apart: docs/backup.md.',
    )
    .action((file: string) => backup(resolve(file), context));
}

async function backup(file: string, context: CliContext): Promise<void> {
  const signal = context.stopSignal();
  const { env, output } = context;
  const { backupInstallation, readConfig } = await import('@greenroom/server');
  const progress = output.progress('Backing up');
  try {
    const report = await backupInstallation(readConfig(env), {
      file,
      onProgress: (state) => progress.update(describeProgress(state)),
      signal,
    });
    progress.end();
    output.print(toObject(report), () => describe(report));
  } catch (error) {
    progress.end();
    throw error;
  }
}

/** How far a backup or a restore has come, in words. */
export function describeProgress({ number, rows, table, tables }: BackupProgress): string {
  return `${table} (${number} of ${tables}), ${rows} rows`;
}

function toObject(report: BackupReport) {
  return {
    file: report.file,
    bytes: report.bytes,
    sha256: report.sha256,
    tables: report.tables,
    rows: report.rows,
    schema_version: report.schemaVersion,
    master_key_ids: report.masterKeyIds,
  };
}

function describe({ bytes, file, masterKeyIds, rows, sha256, tables }: BackupReport): string {
  const keys = masterKeyIds.join(' and ');
  return [
    `${file} holds ${rows} rows of ${tables} tables (${bytes} bytes, SHA-256 ${sha256}).`,
    ...(keys === ''
      ? []
      : [
          `Its secrets open only with the master key ${keys}: keep that key, and keep it elsewhere.`,
        ]),
  ].join('\n');
}
