import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import type { ExportOptions } from '../imports/run-export.ts';
import { POST_STATES } from '../posts/post-types.ts';

/** `greenroom export`: posts as a file that `greenroom import` takes. */
export function registerExport(program: Command, context: CliContext): void {
  program
    .command('export [file]')
    .description('write posts as CSV, or as JSON with --json, in the form that import takes')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices(Object.keys(POST_STATES)),
    )
    .option('--account <account>', 'only those of this account (id or @handle)')
    .option('--from <moment>', 'only those to be published at this moment or later')
    .option('--to <moment>', 'only those to be published before this moment')
    .action(async (file: string | undefined, options: ExportOptions) => {
      const { runExport } = await import('../imports/run-export.ts');
      await runExport(context, file, options);
    });
}
