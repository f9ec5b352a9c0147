import type { Role } from '@greenroom/contract';
import { type Command, Option } from 'commander';
import type { CliContext } from '../context.ts';

// Said here and not read from the contract: loading it would slow down every --help.
const ROLES = { owner: true, editor: true, viewer: true } as const satisfies Record<Role, true>;

/** `greenroom invite`: makes a one-time link for somebody, or for the first owner when the first link was lost. */
export function registerInvite(program: Command, context: CliContext): void {
  program
    .command('invite')
    .description('make a one-time link by which somebody joins the workspace')
    .addOption(
      new Option('--role <role>', 'what the person may do')
        .choices(Object.keys(ROLES))
        .default('editor'),
    )
    .addHelpText(
      'after',
      '\nThe link that the first start printed is lost? Where the server runs, the local owner’s key makes another:\n  greenroom invite --role owner',
    )
    .action(({ role }: { readonly role: Role }) => invite(context, role));
}

async function invite(context: CliContext, role: Role): Promise<void> {
  const { output } = context;
  const api = await context.connectToServer();
  const made = await api.createInvitation({ role });
  output.talk(
    `Whoever opens this link first joins as ${role}. It works once, until ${made.expires_at}.`,
  );
  output.print(made, () => made.url ?? '');
}
