import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { readVersion } from '../version.ts';

/** `greenroom openapi`: prints the OpenAPI document of the API. */
export function registerOpenapi(program: Command, context: CliContext): void {
  program
    .command('openapi')
    .description('print the OpenAPI 3.1 document of the API, as JSON')
    .option('--server-url <url>', 'base URL that the document names', 'http://127.0.0.1:8787')
    .action(async ({ serverUrl }: { readonly serverUrl: string }) => {
      const { openApiDocument } = await import('@greenroom/contract/openapi');
      const document = openApiDocument({ version: readVersion(), serverUrl });
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    });
}
