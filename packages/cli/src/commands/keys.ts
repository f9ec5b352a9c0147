import { resolve } from 'node:path';
import type {
  ForgetReport,
  InstallationRotation,
  LostKeys,
  RotationProgress,
} from '@greenroom/server';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';

interface RotateOptions {
  readonly keepFormer?: string;
}

interface ForgetOptions {
  readonly yes?: boolean;
}

/** `greenroom keys`: tends the master key. */
export function registerKeys(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('tend the master key');
  keys
    .command('rotate')
    .description('wrap every data key by a new master key, while servers run')
    .option('--keep-former <file>', 'put the former key into this file, for backups made before')
    .addHelpText(
      'after',
      '\nIt works on the database itself: run it where the server runs, with the same environment. A key in a file is made anew; from the environment or a command give the new key, and the present one as GREENROOM_MASTER_KEY_PREVIOUS: docs/vault.md. Interrupted, it is finished by running it again.',
    )
    .action((options: RotateOptions) => rotate(options, context));
  keys
    .command('forget')
    .description('give up what only a lost master key opens, and begin with another')
    .option('--yes', 'do it without asking')
    .addHelpText(
      'after',
      '\nFor a master key that is lost for good, with every server stopped: it deletes the tokens and client secrets that nobody can open any more. Every account has to be connected again; people, workspaces, API keys and the audit log stay. Refused while the configured master key opens them.',
    )
    .action((options: ForgetOptions) => forget(options, context));
}

async function rotate({ keepFormer }: RotateOptions, context: CliContext): Promise<void> {
  const signal = context.stopSignal();
  const { env, output } = context;
  const { readConfig, rotateInstallation } = await import('@greenroom/server');
  const progress = output.progress('Rotating the master key');
  try {
    const report = await rotateInstallation(readConfig(env), {
      keepFormerAt: keepFormer === undefined ? undefined : resolve(keepFormer),
      onProgress: (state) => progress.update(toWords(state)),
      signal,
    });
    progress.end();
    output.print(toObject(report, keepFormer), () => describe(report, keepFormer));
  } catch (error) {
    progress.end();
    throw error;
  }
}

function toWords({ dataKeys, step }: RotationProgress): string {
  switch (step) {
    case 'key_stored':
      return 'the new key is at hand';
    case 'key_registered':
      return 'the new key wraps what is new';
    case 'data_keys_wrapped':
      return `${dataKeys} data keys wrapped anew`;
    case 'former_key_retired':
      return 'the former key wraps nothing any more';
    case 'former_key_removed':
      return 'done';
  }
}

function toObject(report: InstallationRotation, keptAt: string | undefined) {
  return {
    master_key_id: report.masterKeyId,
    former_key_ids: report.formerKeyIds,
    data_keys: report.dataKeys,
    is_new_key: report.isNewKey,
    file: report.file ?? null,
    kept_at: keptAt ?? null,
  };
}

function describe(report: InstallationRotation, keptAt: string | undefined): string {
  const { dataKeys, file, formerKeyIds, isNewKey, masterKeyId } = report;
  const former = formerKeyIds.join(', ');
  const place = file === undefined ? '' : ` in ${file}`;
  const kept =
    keptAt === undefined
      ? `Backups made before now open with the former key (${former}) only: make a new backup.`
      : `The former key (${former}) is in ${keptAt}, for backups made before now. Keep it away from them.`;
  return [
    isNewKey
      ? `Every data key is wrapped by a new master key${place}: ${masterKeyId} (${dataKeys} wrapped anew).`
      : `Every data key is wrapped by the master key that was given${place}: ${masterKeyId} (${dataKeys} wrapped anew).`,
    ...(file === undefined
      ? ['Now take the former key out of the settings of every process.']
      : []),
    kept,
    'If you keep a copy of the master key elsewhere, replace it now.',
  ].join('\n');
}

async function forget({ yes }: ForgetOptions, context: CliContext): Promise<void> {
  const { env, output } = context;
  const { forgetInstallationKey, readConfig } = await import('@greenroom/server');
  const report = await forgetInstallationKey(readConfig(env), {
    confirm: (lost) => yes === true || ask(lost, context),
  });
  if (report === undefined) throw new CommandError('Nothing was changed.');
  output.print(toForgotten(report), () => describeForgotten(report));
}

async function ask(
  { connectedAccounts, masterKeyIds }: LostKeys,
  { stderr: output, stdin: input }: CliContext,
): Promise<boolean> {
  const what = `everything sealed under the master key ${masterKeyIds.join(', ')}, with the tokens of ${connectedAccounts} connected accounts`;
  if (input.isTTY !== true) {
    throw new CommandError(`This would delete ${what}. Nothing was changed.`, {
      remedy: 'If the key is lost for good, run it again with --yes.',
    });
  }
  const { confirm } = await import('@clack/prompts');
  const message = `Delete ${what}? A backup of the key would still open it.`;
  return (await confirm({ message, initialValue: false, input, output })) === true;
}

function toForgotten(report: ForgetReport) {
  return {
    master_key_ids: report.masterKeyIds,
    data_keys: report.dataKeys,
    accounts: report.accounts,
    apps: report.apps,
    connections: report.connections,
    answers: report.answers,
    uploads: report.uploads,
    endpoints: report.endpoints,
  };
}

function describeForgotten({ accounts, apps, endpoints, masterKeyIds }: ForgetReport): string {
  return [
    `Nothing is sealed under the master key ${masterKeyIds.join(', ')} any more.`,
    `Connect again: ${accounts} accounts. Set the client secret again: ${apps} TikTok apps (TIKTOK_CLIENT_SECRET does it at the start for its own).`,
    `Give another secret, and enable again: ${endpoints} webhook endpoints.`,
    'People sign in again. Give a new master key, unless it is made in the data folder, and start it: greenroom serve',
  ].join('\n');
}
