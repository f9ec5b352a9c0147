import { allScopes } from '../accounts/scopes.ts';
import type { ReachedDatabase } from './check-database.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Whether accounts work, and may do all that Greenroom can. */
export async function checkAccounts({ client }: ReachedDatabase): Promise<Finding[]> {
  const { rows } = await client.query<{ connected: number; lapsed: number; narrow: number }>(
    `select (count(*) filter (where state = 'connected'))::int as connected,
      (count(*) filter (where state = 'reconnect_needed'))::int as lapsed,
      (count(*) filter (where state = 'connected' and not scopes @> $1::text[]))::int as narrow
    from public.accounts`,
    [allScopes()],
  );
  const { connected, lapsed, narrow } = rows[0] ?? { connected: 0, lapsed: 0, narrow: 0 };
  const remedy = 'greenroom accounts list shows which, and why; greenroom connect connects again.';
  return [
    lapsed === 0
      ? ok('accounts', `${connected} accounts are connected.`)
      : warning(
          'accounts',
          `${lapsed} of ${connected + lapsed} accounts must be connected again.`,
          remedy,
        ),
    ...(narrow === 0
      ? []
      : [warning('scopes', `${narrow} accounts have not granted all scopes.`, remedy)]),
  ];
}
