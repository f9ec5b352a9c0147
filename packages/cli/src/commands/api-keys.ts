import type { Client, Scope } from '@greenroom/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { toTable } from '../output.ts';

type ApiKey = Awaited<ReturnType<Client['listApiKeys']>>['items'][number];

interface CreateOptions {
  readonly scope: readonly Scope[];
  readonly expiresInDays?: number;
}

// Said here and not read from the contract: loading it would slow down every --help.
const SCOPES = {
  'workspace:read': true,
  'workspace:manage': true,
  'accounts:read': true,
  'accounts:connect': true,
  'accounts:manage': true,
  'activity:read': true,
  'media:read': true,
  'media:write': true,
  'posts:read': true,
  'posts:write': true,
  'posts:publish': true,
  'webhooks:manage': true,
} as const satisfies Record<Scope, true>;

/** `greenroom api-keys`: makes, lists and revokes the keys of programs. */
export function registerApiKeys(program: Command, context: CliContext): void {
  const keys = program.command('api-keys').description('make, list and revoke API keys');
  keys
    .command('create <name>')
    .description('make a key and print it; it is shown this once')
    .addOption(
      new Option('--scope <scopes...>', 'what the key may do')
        .choices(Object.keys(SCOPES))
        .makeOptionMandatory(),
    )
    .option('--expires-in-days <days>', 'days until it expires; without it, it does not', toDays)
    .action((name: string, options: CreateOptions) => create(context, name, options));
  keys
    .command('list')
    .description('list the keys of the workspace, newest first')
    .action(() => list(context));
  keys
    .command('revoke <id>')
    .description('revoke a key and the keys that were made with it, at once and for good')
    .action((id: string) => revoke(context, id));
}

async function create(
  context: CliContext,
  name: string,
  { scope, expiresInDays }: CreateOptions,
): Promise<void> {
  const api = await context.connectToServer();
  const made = await api.createApiKey({
    name,
    scopes: [...scope],
    ...(expiresInDays === undefined ? {} : { expires_in_days: expiresInDays }),
  });
  const end = made.expires_at === null ? 'It does not expire' : `It expires ${made.expires_at}`;
  context.output.talk(`Keep this key: it is not shown again. ${end}.`);
  context.output.print(made, () => made.token ?? '');
}

async function list(context: CliContext): Promise<void> {
  const api = await context.connectToServer();
  const items: ApiKey[] = [];
  for await (const key of api.each.listApiKeys({ limit: 100 })) items.push(key);
  context.output.print({ items }, () => {
    if (items.length === 0) return 'There are none. Make one with "greenroom api-keys create".';
    const rows = items.map((key) => [
      key.id,
      key.name,
      `…${key.token_end}`,
      toState(key),
      key.last_used_at ?? 'never',
      key.scopes.join(' '),
    ]);
    return toTable(['id', 'name', 'ends', 'state', 'last used', 'scopes'], rows);
  });
}

async function revoke(context: CliContext, id: string): Promise<void> {
  const api = await context.connectToServer();
  await api.revokeApiKey({ id });
  context.output.print({ id, revoked: true }, () => `The key ${id} is revoked.`);
}

/** What became of a key, in words. This machine's clock judges: the server alone decides. */
export function toState({
  expires_at,
  revoked_at,
}: Pick<ApiKey, 'expires_at' | 'revoked_at'>): string {
  if (revoked_at !== null) return 'revoked';
  if (expires_at === null) return 'good';
  return `${new Date(expires_at) <= new Date() ? 'expired' : 'until'} ${expires_at}`;
}

function toDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('Give whole days from 1 to 3650.');
}
