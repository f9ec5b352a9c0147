import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, type Scope, scopeRoles } from '@greenroom/contract';
import {
  type RunningEmulator,
  type StartEmulatorOptions,
  startEmulator,
} from '@greenroom/emulator';
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
import type { ApiKeyPrincipal, MemberPrincipal } from '../../../src/workspaces/principal.ts';
import { askAsOwner } from '../../support/ask-as-owner.ts';
import { moveClocks } from '../../support/move-clocks.ts';
import { createTestDatabase } from '../../support/test-database.ts';

/** A workspace of the world, and a program that may do everything in it. */
export interface TestWorkspace {
  readonly id: string;
  /** Greenroom's API with a key that has all scopes. */
  readonly api: Client;
  /** The key itself. */
  readonly apiKey: string;
  /** The key as the server's own functions name it. */
  readonly principal: ApiKeyPrincipal;
}

/** A server with its database and its own TikTok, as real as they are. */
export interface World extends AsyncDisposable {
  readonly tiktok: RunningEmulator;
  readonly services: Services;
  /** Address of the server. */
  readonly url: string;
  /** Address of the database, as its owner. */
  readonly databaseUrl: string;
  /** A workspace that is there from the start. */
  readonly workspace: TestWorkspace;
  /** Makes another one. */
  addWorkspace(): Promise<TestWorkspace>;
  /** Makes another key of a workspace. */
  addKey(workspaceId: string, scopes?: readonly Scope[]): Promise<TestWorkspace>;
  /** Lines that the server logged. */
  readonly logged: string[];
  /** Asks the database as its owner, past row-level security. */
  rows<Row extends object>(query: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Moves TikTok's clock and ours. */
  moveClocks(seconds: number): Promise<void>;
}

/** Where TikTok sends browsers back; nothing listens there. */
const PUBLIC_URL = 'http://127.0.0.1:8787';

/** Starts TikTok, a database of its own and a server between them. */
export async function startWorld(
  options: { readonly tiktok?: StartEmulatorOptions; readonly env?: Record<string, string> } = {},
): Promise<World> {
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
  options: { readonly tiktok?: StartEmulatorOptions; readonly env?: Record<string, string> },
): Promise<World> {
  const tiktok = await startEmulator(options.tiktok);
  closers.add(() => tiktok.close());
  const { url: databaseUrl, close } = await createTestDatabase();
  closers.add(close);
  await enableTestMode(databaseUrl);
  const mediaFolder = await mkdtemp(join(tmpdir(), 'greenroom-media-'));
  closers.add(() => rm(mediaFolder, { recursive: true, force: true }));
  const logged: string[] = [];
  const log = createLog({ destination: { write: (line) => void logged.push(line) } });
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    GREENROOM_PUBLIC_URL: PUBLIC_URL,
    GREENROOM_TEST_MODE: 'true',
    GREENROOM_MEDIA_FOLDER: mediaFolder,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: 'emulator-secret',
    TIKTOK_API_URL: tiktok.url,
    TIKTOK_AUTHORIZE_URL: tiktok.url,
    ...options.env,
  });
  const database = await openDatabase({ url: databaseUrl, maxConnections: 5 });
  closers.add(() => database.close());
  const services = await openServices({
    config,
    log,
    metrics: createMetrics(),
    opened: { database, ownerUrl: databaseUrl },
    closers,
  });
  const app = await createApp(services);
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.add(() => app.close());
  // It listens on TCP, so its address is no pipe's name.
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const addKey = (workspaceId: string, scopes?: readonly Scope[]) =>
    makeKey(services, url, workspaceId, scopes);
  const addWorkspace = async () => {
    const id = await makeWorkspace(services);
    return addKey(id);
  };
  return {
    tiktok,
    services,
    url,
    databaseUrl,
    logged,
    addWorkspace,
    addKey,
    workspace: await addWorkspace(),
    rows: (query, values) => askAsOwner(databaseUrl, query, values),
    moveClocks: (seconds) => moveClocks(tiktok, database, seconds),
    [Symbol.asyncDispose]: () => closers.close(),
  };
}

async function makeWorkspace({ database }: Services): Promise<string> {
  const id = randomUUID();
  await inWorkspace(database, id, async (tx) => {
    await tx.insertInto('workspaces').values({ id, name: 'Test' }).execute();
    const { personId, role } = personOf(id);
    await tx
      .insertInto('members')
      .values({ workspace_id: id, person_id: personId, role })
      .execute();
  });
  return id;
}

async function makeKey(
  services: Services,
  url: string,
  workspaceId: string,
  // The keys of the table are its scopes; Object.keys widens them to string.
  scopes: readonly Scope[] = Object.keys(scopeRoles) as Scope[],
): Promise<TestWorkspace> {
  const { apiKey, token } = await inWorkspace(services.database, workspaceId, (tx) =>
    createApiKey(tx, personOf(workspaceId), { name: 'test', scopes, expiresInDays: undefined }),
  );
  return {
    id: workspaceId,
    api: createClient({ baseUrl: url, apiKey: token }),
    apiKey: token,
    principal: { kind: 'api_key', keyId: apiKey.id, workspaceId, scopes },
  };
}

/** A person with a browser session, as the server's own functions name one. */
export function personOf(workspaceId: string, sessionId = 'session'): MemberPrincipal {
  return { kind: 'person', personId: 'ada', sessionId, workspaceId, role: 'owner' };
}
