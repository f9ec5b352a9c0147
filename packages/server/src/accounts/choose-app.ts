import type { Transaction } from '../db/database.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Services } from '../http/services.ts';
import { type AppRow, findApp, selectApps } from './app-queries.ts';

// Beyond that nobody can mean "the only one" anyway.
const MOST_TO_LOOK_AT = 10;

/**
 * Chooses the app to connect an account through: the one that was named, else the workspace's only
 * app, else the installation's.
 *
 * @throws {ProblemError} `not-found` if the named one does not exist, `app-missing` if there is
 *   none, or several and none was named.
 */
export async function chooseApp(
  services: Pick<Services, 'config'>,
  tx: Transaction,
  appId: string | undefined,
): Promise<string> {
  if (appId !== undefined) {
    const app = await findApp(tx, appId);
    if (app !== undefined) return app.id;
    throw new ProblemError('not-found', 'The workspace has no TikTok app with this id.');
  }
  const apps = await selectApps(tx, { limit: MOST_TO_LOOK_AT, after: undefined });
  const own = apps.filter((app) => app.workspace_id !== null);
  // The configuration may have named other apps before: those serve the accounts they have.
  const shared = apps.filter((app) => app.client_key === services.config.tiktokClientKey);
  const candidates = own.length > 0 ? own : shared;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only.id;
  throw new ProblemError('app-missing', toWords(candidates));
}

function toWords(candidates: readonly AppRow[]): string {
  if (candidates.length > 0) {
    const names = candidates.map(({ id, name }) => `${name} (${id})`).join(', ');
    return `There are several TikTok apps. Name one by app_id: ${names}.`;
  }
  return 'Neither the workspace nor the installation has a TikTok app.';
}
