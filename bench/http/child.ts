/**
 * The process that `bench:http` measures: Greenroom’s compiled server, and bare Fastify routes, on one pool.
 * Prints its ports and what to ask as one line of JSON; ends with its stdin.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { openApiDocument } from '@greenroom/contract/openapi';
import type { FastifyInstance, InjectOptions } from 'fastify';
import pg from 'pg';
import { readConfig } from '../../packages/server/dist/config/config.js';
import { openDatabase } from '../../packages/server/dist/db/database.js';
import { startThrowAwayEngine } from '../../packages/server/dist/db/engine/throw-away-engine.js';
import { migrate } from '../../packages/server/dist/db/migrate.js';
import { createApp } from '../../packages/server/dist/http/create-app.js';
import { createLog } from '../../packages/server/dist/logging/log.js';
import { createMetrics } from '../../packages/server/dist/metrics/metrics.js';
import { Closers } from '../../packages/server/dist/runtime/closers.js';
import { openServices } from '../../packages/server/dist/runtime/open-services.js';
import { type BenchedAccount, makeAccount } from './account.ts';
import { createBareApp } from './bare-routes.ts';

const closers = new Closers();
try {
  process.stdout.write(`${JSON.stringify(await serve())}\n`);
  await new Promise((resolve) => process.stdin.on('end', resolve).resume());
} finally {
  await closers.close();
}

/** What the parent needs to know. */
export interface Served {
  readonly ourPort: number;
  readonly barePort: number;
  readonly accountId: string;
  readonly apiKey: string;
  readonly statements: { readonly get: number; readonly post: number };
}

async function serve(): Promise<Served> {
  const engine = await startThrowAwayEngine();
  closers.add(() => engine.stop());
  await migrate(engine.url);
  const account = await makeAccount(engine.url);
  const { app, pool } = await openGreenroom(engine.url);
  const asks = requestsFor(account);
  // The first write makes the workspace's data key, the second one reads it, and then it is known.
  await app.inject(asks.post());
  await app.inject(asks.post());
  const answers = {
    account: (await app.inject(asks.get)).json(),
    invitation: (await app.inject(asks.post())).json(),
  };
  const bare = createBareApp({ pool, account, answers, schemas: schemasOf() });
  closers.add(() => bare.close());
  const statements = {
    get: await countBoth(app, bare, asks.get),
    post: await countBoth(app, bare, asks.post()),
  };
  return {
    ourPort: await listen(app),
    barePort: await listen(bare),
    accountId: account.id,
    apiKey: account.apiKey,
    statements,
  };
}

/** Greenroom as it runs in life, with its log, but for the limits that a load would meet. */
async function openGreenroom(url: string): Promise<{ app: FastifyInstance; pool: pg.Pool }> {
  const config = readConfig({
    DATABASE_URL: url,
    GREENROOM_MASTER_KEY: randomBytes(32).toString('base64'),
    GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '1000000',
    GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '1000000',
  });
  const database = await openDatabase({ url, maxConnections: config.databaseConnections });
  closers.add(() => database.close());
  const services = await openServices({
    config,
    log: createLog(),
    metrics: createMetrics(),
    opened: { database, ownerUrl: url },
    closers,
  });
  const app = await createApp(services);
  closers.add(() => app.close());
  return { app, pool: database.pool };
}

function requestsFor({ id, apiKey }: BenchedAccount) {
  const authorization = `Bearer ${apiKey}`;
  return {
    get: { method: 'GET', url: `/api/v1/accounts/${id}`, headers: { authorization } },
    post: () => ({
      method: 'POST',
      url: '/api/v1/invitations',
      headers: { authorization, 'idempotency-key': randomUUID() },
      payload: { role: 'viewer' },
    }),
  } as const;
}

/** Statements of one request, which must be as many on both sides. */
async function countBoth(
  ours: FastifyInstance,
  bare: FastifyInstance,
  ask: InjectOptions,
): Promise<number> {
  const url = String(ask.url).replace('/api/v1', '');
  const counts = [await count(ours, ask), await count(bare, { ...ask, url })];
  const [our, theirs] = counts;
  if (our === undefined || our !== theirs) {
    throw new Error(`${ask.method} runs ${our} statements here and ${theirs} on the bare route`);
  }
  return our;
}

async function count(app: FastifyInstance, ask: InjectOptions): Promise<number> {
  const { query } = pg.Client.prototype;
  let statements = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    statements += 1;
    // Handed on as it came.
    return Reflect.apply(query, this, args) as never;
  };
  try {
    const answer = await app.inject(ask);
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${answer.body}`);
    return statements;
  } finally {
    pg.Client.prototype.query = query;
  }
}

/** The contract’s own schemas, with what they refer to in place. */
function schemasOf() {
  const text = JSON.stringify(openApiDocument({ version: '0', serverUrl: '' }));
  const { paths, components } = JSON.parse(text);
  const resolve = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_key, inner) => {
      const name = typeof inner?.$ref === 'string' ? inner.$ref.split('/').at(-1) : undefined;
      return name === undefined ? inner : resolve(components.schemas[name]);
    });
  const ofJson = (content: unknown) =>
    // Both have a JSON body.
    resolve(
      (content as { content: { 'application/json': { schema: unknown } } }).content[
        'application/json'
      ].schema,
    );
  const get = paths['/accounts/{id}'].get;
  const post = paths['/invitations'].post;
  const id = { type: 'string', format: 'uuid' };
  return {
    account: {
      params: { type: 'object', properties: { id }, required: ['id'] },
      response: { 200: ofJson(get.responses['200']) },
    },
    invitation: {
      body: ofJson(post.requestBody),
      response: { 201: ofJson(post.responses['201']) },
    },
  };
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  // It listens on TCP, so its address is no pipe's name.
  return (app.server.address() as AddressInfo).port;
}
