import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { ImportOptions } from '../imports/run-import.ts';

/** `greenroom import`: makes a post of every row of a file, or of none. */
export function registerImport(program: Command, context: CliContext): void {
  program
    .command('import <file>')
    .description('make a post of every row of a CSV or JSON file, or of none')
    .option('--dry-run', 'only say what would become of each row, and when it could go out')
    .option('--time-zone <zone>', 'zone of times without one, such as Europe/Berlin')
    .option('--agree', 'agree to the declarations that TikTok requires; they are printed')
    .option('--hold', 'let every row wait for a person, whatever it says')
    .option('--allow-duplicates', 'also when the same went to the account within 24 hours')
    .option('--key <key>', 'make it safe to run again within 24 hours: done once for one key')
    .addHelpText(
      'after',
      '\nColumns of CSV and fields of JSON: account, media, title, description, media_type, post_mode, privacy_level, disable_comment, disable_duet, disable_stitch, commercial_disclosure, brand_organic_toggle, brand_content_toggle, is_aigc, auto_add_music, video_cover_timestamp_ms, photo_cover_index, publish_at, time_zone.\nRows without complete choices wait for a person. docs/import.md tells all.',
    )
    .action(async (file: string, options: ImportOptions) => {
      const { runImport } = await import('../imports/run-import.ts');
      await runImport(context, file, options);
    });
}
