import { resolve } from 'node:path';
import type { RestoredInstallation } from '@greenroom/server';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describeProgress } from './backup.ts';

/** `greenroom restore`: makes a new installation of a backup. */
export function registerRestore(program: Command, context: CliContext): void {
  program
    .command('restore')
    .description('restore a backup into a new data folder or an empty database')
    .argument('<file>', 'a file that greenroom backup wrote')
    .addHelpText(
      'after',
      '\nAll of it is restored or nothing, and only where nothing is: name a new data folder (--data) or a new database (DATABASE_URL). End the server that the backup is of first: two that refresh the same tokens take them from each other. Put its master key in place before you start: docs/backup.md.',
    )
    .action((file: string) => restore(resolve(file), context));
}

async function restore(file: string, context: CliContext): Promise<void> {
  const signal = context.stopSignal();
  const { env, output } = context;
  const { readConfig, restoreInstallation } = await import('@greenroom/server');
  const config = readConfig(env);
  const progress = output.progress('Restoring');
  try {
    const report = await restoreInstallation(config, {
      file,
      onProgress: (state) => progress.update(describeProgress(state)),
      signal,
    });
    progress.end();
    const target = config.databaseUrl === undefined ? resolve(config.dataFolder) : undefined;
    output.print(toObject(report, target), () => describe(report, target));
  } catch (error) {
    progress.end();
    throw error;
  }
}

function toObject(report: RestoredInstallation, dataFolder: string | undefined) {
  return {
    file: report.file,
    data_folder: dataFolder ?? null,
    made_at: report.madeAt.toISOString(),
    tables: report.tables,
    rows: report.rows,
    schema_version: report.schemaVersion,
    master_key_ids: report.masterKeyIds,
    master_key_problem: report.masterKeyProblem ?? null,
  };
}

function describe(report: RestoredInstallation, dataFolder: string | undefined): string {
  const { file, madeAt, masterKeyProblem, rows, tables } = report;
  return [
    `${dataFolder ?? 'The database of DATABASE_URL'} holds what ${file} saved on ${madeAt.toISOString()}: ${rows} rows of ${tables} tables, each checked.`,
    masterKeyProblem === undefined
      ? 'The master key that is configured opens its secrets. Start it: greenroom serve'
      : `Before you start it, put the master key in place. ${masterKeyProblem}`,
    'People sign in again. Accounts whose tokens were refreshed since may ask to be connected again.',
  ].join('\n');
}
