import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Role } from '@greenroom/contract';
import { readConfig } from '../../../src/config/config.ts';
import { enableTestMode, moveClock } from '../../../src/db/clock.ts';
import { inWorkspace, openDatabase } from '../../../src/db/database.ts';
import { createApp } from '../../../src/http/create-app.ts';
import type { Services } from '../../../src/http/services.ts';
import { createLog } from '../../../src/logging/log.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { Closers } from '../../../src/runtime/closers.ts';
import { openServices } from '../../../src/runtime/open-services.ts';
import { prepareFirstStart } from '../../../src/workspaces/first-start.ts';
import { createInvitation } from '../../../src/workspaces/invitations.ts';
import { askAsOwner } from '../../support/ask-as-owner.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { Browser } from './browser.ts';

/** A password that every person of these tests has. */
export const PASSWORD = 'correct horse battery';

/** A new installation: a database, one or more servers on it, and nobody in its workspace yet. */
export interface PeopleWorld extends AsyncDisposable {
  /** Address of the first server. */
  readonly url: string;
  /** Addresses of all servers. */
  readonly urls: readonly string[];
  /** Of the first server. */
  readonly services: Services;
  /** The workspace of the first start. */
  readonly workspaceId: string;
  /** Token of an invitation into a workspace, by default the first. */
  invite(role: Role, workspaceId?: string): Promise<string>;
  /** A browser in which somebody new has joined and is signed in. */
  join(role: Role, name?: string, workspaceId?: string): Promise<Browser>;
  /** Asks the database as its owner, past row-level security. */
  rows<Row extends object>(query: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Moves the clock of all servers. */
  moveClock(seconds: number): Promise<void>;
}

/** Starts servers on a database of their own. */
export async function startPeopleWorld(
  options: { readonly servers?: number; readonly env?: Record<string, string> } = {},
): Promise<PeopleWorld> {
  const closers = new Closers();
  try {
    return await open(closers, options);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(
  closers: Closers,
  { servers = 1, env = {} }: { readonly servers?: number; readonly env?: Record<string, string> },
): Promise<PeopleWorld> {
  const { url: databaseUrl, close } = await createTestDatabase();
  closers.add(close);
  await enableTestMode(databaseUrl);
  const config = {
    DATABASE_URL: databaseUrl,
    GREENROOM_PUBLIC_URL: 'http://greenroom.test',
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_TEST_MODE: 'true',
    GREENROOM_PASSWORD_COST: '8',
    GREENROOM_SIGN_IN_ATTEMPTS_PER_MINUTE: '1000',
    GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '100000',
    GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '100000',
    ...env,
  };
  const first = await startServer(closers, databaseUrl, config);
  const others: (typeof first)[] = [];
  for (let more = 1; more < servers; more += 1) {
    others.push(await startServer(closers, databaseUrl, config));
  }
  const all = [first, ...others];
  const { services, url } = first;
  const { workspaceId } = await prepareFirstStart({
    database: services.database,
    publicUrl: config.GREENROOM_PUBLIC_URL,
  });

  const invite = async (role: Role, workspace = workspaceId) => {
    const made = await inWorkspace(services.database, workspace, (tx) =>
      createInvitation(tx, {
        actor: { kind: 'system', id: 'test' },
        role,
        workspaceId: workspace,
      }),
    );
    return made.token;
  };

  return {
    url,
    urls: all.map((server) => server.url),
    services,
    workspaceId,
    invite,
    async join(role, name = role, workspace) {
      const browser = new Browser(url);
      const person = { name, email: `${name}@example.com`, password: PASSWORD };
      const body = { token: await invite(role, workspace), person };
      const joined = await browser.post('/api/v1/invitations/accept', body);
      if (joined.status !== 201) throw new Error(await joined.text());
      await browser.signIn(person.email, PASSWORD);
      return browser;
    },
    rows: (query, values) => askAsOwner(databaseUrl, query, values),
    async moveClock(seconds) {
      await moveClock(services.database, seconds);
      const { offsetMs } = services.database.clock;
      // The others hear of it by themselves, a moment later.
      for (const server of all) server.services.database.clock.setOffset(offsetMs);
    },
    [Symbol.asyncDispose]: () => closers.close(),
  };
}

async function startServer(
  closers: Closers,
  databaseUrl: string,
  env: Record<string, string>,
): Promise<{ services: Services; url: string }> {
  const database = await openDatabase({ url: databaseUrl, maxConnections: 5 });
  closers.add(() => database.close());
  const services = await openServices({
    config: readConfig(env),
    log: createLog({ destination: { write: () => undefined } }),
    metrics: createMetrics(),
    opened: { database, ownerUrl: databaseUrl },
    closers,
  });
  const app = await createApp(services);
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.add(() => app.close());
  // It listens on TCP, so its address is no pipe's name.
  const { port } = app.server.address() as AddressInfo;
  return { services, url: `http://127.0.0.1:${port}` };
}
