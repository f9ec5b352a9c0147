import type { Transaction } from '../../db/database.ts';
import { type LearnedRow, selectLearned, toLearned } from './cap-queries.ts';
import { mostUsers } from './caps.ts';
import { selectCircuits } from './circuit-queries.ts';
import { TIKTOK } from './circuits.ts';
import {
  type AccountRow,
  selectCreatorUses,
  selectInits,
  selectPublishMs,
  selectUsers,
} from './forecast-queries.ts';
import type { AccountState, AppState, ForecastState } from './forecast-state.ts';
import { type LimitKeys, toLimitKeys } from './limit-keys.ts';

/** What an attempt takes where none was made yet: most of it is waiting for TikTok's answers. */
const USUAL_PUBLISH_MS = 1_500;

/** An account with its keys in the ledger. */
interface Keyed extends AccountRow {
  readonly keys: LimitKeys;
}

/** Reads what a forecast for these accounts is made of. @param busy - Accounts that publish a post right now. */
export async function readForecastState(
  tx: Transaction,
  now: Date,
  rows: readonly AccountRow[],
  busy: ReadonlySet<string>,
): Promise<ForecastState> {
  const accounts = rows.map((row) => ({ ...row, keys: toLimitKeys(row.app_id, row.open_id) }));
  const creators = accounts.map(({ keys }) => keys.creator);
  const learned = await readLearned(tx, accounts);
  const circuits = new Map((await selectCircuits(tx)).map((row) => [row.subject, row]));
  const retryAt = (subject: string) => {
    const circuit = circuits.get(subject);
    return circuit?.state === 'closed' ? undefined : circuit?.retry_at?.getTime();
  };
  const inits = byCreator(await selectInits(tx, creators), ({ endpoint, held }) => [
    endpoint,
    held,
  ]);
  const uses = byCreator(await selectCreatorUses(tx, creators), (one) => [one.cap, one.uses]);
  const toState = ({ app_id, id, keys, state }: Keyed): AccountState => {
    const creator = hex(keys.creator);
    return {
      appId: app_id,
      isConnected: state === 'connected',
      isBusy: busy.has(id),
      retryAt: retryAt(id),
      inits: inits.get(creator) ?? {},
      uses: uses.get(creator) ?? {},
      learned: learned.get(creator) ?? {},
    };
  };
  const ids = accounts.map(({ id }) => id);
  return {
    now: now.getTime(),
    tiktokRetryAt: retryAt(TIKTOK),
    publishMs: (await selectPublishMs(tx, ids)) ?? USUAL_PUBLISH_MS,
    accounts: new Map(accounts.map((account) => [account.id, toState(account)])),
    apps: await readApps(tx, accounts, learned),
  };
}

/** Apps whose users a day are known to be capped: all their accounts compete for the places. */
export async function findCappedApps(
  tx: Transaction,
  rows: readonly AccountRow[],
): Promise<string[]> {
  const apps = new Map(rows.map((row) => [row.app_id, row]));
  const keys = new Map([...apps.keys()].map((id) => [hex(toLimitKeys(id, '').app), id]));
  const learned = await selectLearned(tx, [...keys.keys()].map(fromHex));
  const told = [...apps.values()].filter((app) => mostUsersOf(app) !== undefined);
  const taught = learned.map(({ subject }) => keys.get(hex(subject)) ?? '');
  return [...new Set([...told.map(({ app_id }) => app_id), ...taught])];
}

type Learned = Map<string, { -readonly [cap in LearnedRow['cap']]?: ReturnType<typeof toLearned> }>;

async function readLearned(tx: Transaction, accounts: readonly Keyed[]): Promise<Learned> {
  const subjects = accounts.flatMap(({ keys }) => [keys.creator, keys.app]);
  const learned: Learned = new Map();
  for (const row of await selectLearned(tx, subjects)) {
    const of = hex(row.subject);
    learned.set(of, { ...learned.get(of), [row.cap]: toLearned(row) });
  }
  return learned;
}

async function readApps(
  tx: Transaction,
  accounts: readonly Keyed[],
  learned: Learned,
): Promise<Map<string, AppState>> {
  const ids = new Map(accounts.map(({ id, keys }) => [hex(keys.creator), id]));
  const rows = await selectUsers(tx, [
    ...new Map(accounts.map((one) => [one.app_id, one.keys.app])).values(),
  ]);
  const users = Map.groupBy(rows, ({ app }) => hex(app));
  const toApp = (account: Keyed): AppState => {
    const key = hex(account.keys.app);
    return {
      mostUsers: mostUsersOf(account),
      learned: learned.get(key)?.users,
      users: (users.get(key) ?? []).map(({ at, creator }) => ({
        key: ids.get(hex(creator)) ?? hex(creator),
        at: at.getTime(),
      })),
    };
  };
  const firsts = new Map(accounts.map((account) => [account.app_id, account]));
  return new Map([...firsts].map(([id, account]) => [id, toApp(account)]));
}

function mostUsersOf({ daily_users, is_audited }: AccountRow): number | undefined {
  return mostUsers({ isAudited: is_audited, dailyUsers: daily_users });
}

/** Moments by a name, as `AccountState` has them. */
type Moments = Partial<Record<string, readonly number[]>>;

/** Puts lists of moments together by creator, and then by the name that each has. */
function byCreator<Row extends { readonly creator: Buffer }>(
  rows: readonly Row[],
  read: (row: Row) => [name: string, moments: readonly Date[]],
): Map<string, Moments> {
  const lists = new Map<string, Moments>();
  for (const row of rows) {
    const [name, moments] = read(row);
    const creator = hex(row.creator);
    const times = moments.map((moment) => moment.getTime());
    lists.set(creator, { ...lists.get(creator), [name]: times });
  }
  return lists;
}

function hex(key: Buffer): string {
  return key.toString('hex');
}

function fromHex(key: string): Buffer {
  return Buffer.from(key, 'hex');
}
