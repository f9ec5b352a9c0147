import { type Command, Option } from 'commander';
import type { Account } from '../connect/wait-for-account.ts';
import type { CliContext } from '../context.ts';
import { toTable } from '../output.ts';

type AccountState = Account['state'];

// Said here and not read from the contract: loading it would slow down every --help.
const STATES = {
  connected: true,
  reconnect_needed: true,
  disconnected: true,
} as const satisfies Record<AccountState, true>;

/** `greenroom accounts`: looks after connected accounts. */
export function registerAccounts(program: Command, context: CliContext): void {
  const accounts = program.command('accounts').description('look after connected accounts');
  accounts
    .command('list')
    .description('list the accounts of the workspace, newest first')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices(Object.keys(STATES)),
    )
    .action(({ state }: { readonly state?: AccountState }) => list(context, state));
  accounts
    .command('show <account>')
    .description('show an account: its health, its scopes, its tokens’ ends (id or @handle)')
    .action((account: string) => show(context, account, 'getAccount'));
  accounts
    .command('refresh <account>')
    .description('renew its tokens, name and picture now')
    .action((account: string) => show(context, account, 'refreshAccount'));
  accounts
    .command('disconnect <account>')
    .description('delete its tokens and have TikTok revoke them; connecting again brings it back')
    .action((account: string) => show(context, account, 'disconnectAccount'));
}

async function list(context: CliContext, state: AccountState | undefined): Promise<void> {
  const { output } = context;
  const api = await context.connectToServer();
  const { nameOf } = await import('../connect/account-words.ts');
  const progress = output.progress('Reading accounts');
  const accounts: Account[] = [];
  for await (const account of api.each.listAccounts({ state, limit: 100 })) {
    accounts.push(account);
    progress.update(String(accounts.length));
  }
  progress.end();
  output.print({ items: accounts }, () => {
    if (accounts.length === 0) return 'There are none. Connect one with "greenroom connect".';
    const rows = accounts.map((account) => [
      account.id,
      nameOf(account),
      account.state.replace('_', ' '),
      account.health.reasons.map(({ code }) => code).join(', ') || 'well',
    ]);
    return toTable(['id', 'account', 'state', 'health'], rows);
  });
}

async function show(
  context: CliContext,
  account: string,
  operation: 'getAccount' | 'refreshAccount' | 'disconnectAccount',
): Promise<void> {
  const api = await context.connectToServer();
  const [{ describeAccount }, { findId }] = await Promise.all([
    import('../connect/account-words.ts'),
    import('../find-account.ts'),
  ]);
  const id = await findId(api, account);
  const shown = await api[operation]({ id }, { timeoutMs: 60_000 });
  context.output.print(shown, () => describeAccount(shown));
}
