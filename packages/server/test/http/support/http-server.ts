import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Client, createClient, type Scope, scopeRoles } from '@greenroom/contract';
import type { FastifyInstance } from 'fastify';
import { readConfig } from '../../../src/config/config.ts';
import { enableTestMode } from '../../../src/db/clock.ts';
import { inWorkspace, openDatabase } from '../../../src/db/database.ts';
import { createApp } from '../../../src/http/create-app.ts';
import type { Services } from '../../../src/http/services.ts';
import { createLog } from '../../../src/logging/log.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { Closers } from '../../../src/runtime/closers.ts';
import { openServices } from '../../../src/runtime/open-services.ts';
import { createApiKey } from '../../../src/workspaces/api-keys.ts';
import type { MemberPrincipal } from '../../../src/workspaces/principal.ts';
import { askAsOwner } from '../../support/ask-as-owner.ts';
import { createTestDatabase } from '../../support/test-database.ts';

/** How a server of a test differs from an ordinary one. */
export interface HttpServerOptions {
  /** Keys of the configuration. */
  readonly env?: Record<string, string>;
  /** The way that the server takes to its database, such as a proxy. */
  readonly way?: (databaseUrl: string) => Promise<string>;
  /** Routes of the test’s own. */
  readonly routes?: (app: FastifyInstance, services: Services) => void;
}

/** The HTTP side of a server on a database of its own, listening on loopback. */
export interface HttpServer extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly services: Services;
  /** Address of the database, as its owner. */
  readonly databaseUrl: string;
  readonly url: string;
  readonly port: number;
  readonly workspaceId: string;
  /** A key with all scopes. */
  readonly apiKey: string;
  /** Greenroom’s API with that key. */
  readonly api: Client;
  /** Lines that the server logged. */
  readonly logged: string[];
  /** Makes another workspace. */
  addWorkspace(): Promise<string>;
  /** Makes another key. */
  addKey(workspaceId: string, scopes?: readonly Scope[]): Promise<string>;
  /** Asks the database as its owner, past row-level security. */
  rows<Row extends object>(query: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Starts a server without sweeps and without TikTok. */
export async function startHttpServer(options: HttpServerOptions = {}): Promise<HttpServer> {
  const closers = new Closers();
  try {
    return await open(closers, options);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(closers: Closers, options: HttpServerOptions): Promise<HttpServer> {
  const { url: databaseUrl, close } = await createTestDatabase();
  closers.add(close);
  await enableTestMode(databaseUrl);
  const serverUrl = (await options.way?.(databaseUrl)) ?? databaseUrl;
  const logged: string[] = [];
  const log = createLog({ destination: { write: (line) => void logged.push(line) } });
  const config = readConfig({
    DATABASE_URL: serverUrl,
    GREENROOM_PUBLIC_URL: 'http://127.0.0.1:8787',
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_TEST_MODE: 'true',
    ...options.env,
  });
  const database = await openDatabase({ url: serverUrl, maxConnections: 10 });
  closers.add(() => database.close());
  const services = await openServices({
    config,
    log,
    metrics: createMetrics(),
    opened: { database, ownerUrl: serverUrl },
    closers,
  });
  const app = await createApp(services);
  options.routes?.(app, services);
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.add(() => app.close());
  // It listens on TCP, so its address is no pipe's name.
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const workspaceId = await makeWorkspace(services);
  const apiKey = await makeKey(services, workspaceId);
  return {
    app,
    services,
    databaseUrl,
    url,
    port,
    workspaceId,
    apiKey,
    api: createClient({ baseUrl: url, apiKey }),
    logged,
    addWorkspace: () => makeWorkspace(services),
    addKey: (id, scopes) => makeKey(services, id, scopes),
    rows: (query, values) => askAsOwner(databaseUrl, query, values),
    [Symbol.asyncDispose]: () => closers.close(),
  };
}

async function makeWorkspace({ database }: Services): Promise<string> {
  const id = randomUUID();
  await inWorkspace(database, id, async (tx) => {
    await tx.insertInto('workspaces').values({ id, name: 'Test' }).execute();
    const { personId, role } = ownerOf(id);
    await tx
      .insertInto('members')
      .values({ workspace_id: id, person_id: personId, role })
      .execute();
  });
  return id;
}

async function makeKey(
  { database }: Services,
  workspaceId: string,
  // The keys of the table are its scopes; Object.keys widens them to string.
  scopes: readonly Scope[] = Object.keys(scopeRoles) as Scope[],
): Promise<string> {
  const { token } = await inWorkspace(database, workspaceId, (tx) =>
    createApiKey(tx, ownerOf(workspaceId), { name: 'test', scopes, expiresInDays: undefined }),
  );
  return token;
}

function ownerOf(workspaceId: string): MemberPrincipal {
  return { kind: 'person', personId: 'ada', sessionId: 'session', workspaceId, role: 'owner' };
}
