import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '@greenroom/emulator';
import { expect, test, vi } from 'vitest';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A span as a collector receives it. */
interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** Takes OTLP over HTTP as a collector does. */
async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const services = new Set<string>();
  const headers: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      headers.push(request.headers['x-collector-key']);
      // The test asserts on what is in it.
      const { resourceSpans } = JSON.parse(body) as {
        readonly resourceSpans: readonly {
          readonly resource: {
            readonly attributes: readonly {
              readonly key: string;
              readonly value: { readonly stringValue?: string };
            }[];
          };
          readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
        }[];
      };
      for (const one of resourceSpans) {
        const name = one.resource.attributes.find(({ key }) => key === 'service.name');
        services.add(name?.value.stringValue ?? '');
        spans.push(...one.scopeSpans.flatMap((scope) => scope.spans));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  // It listens on TCP, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    services,
    headers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('requests, sweeps and calls to TikTok become spans of a collector, and hold no secret', async () => {
  await using collector = await startCollector();
  await using tiktok = await startEmulator();
  await using database = await createTestDatabase();
  await using server = spawnServer({
    ...testEnvironment(database.url, tiktok),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=k1',
    OTEL_SERVICE_NAME: 'greenroom-of-the-test',
  });
  const { url } = await server.ready;
  const { apiKey } = await makeOwnerKey(database.url);
  const authorization = `Bearer ${apiKey}`;
  const traceId = 'a'.repeat(32);
  await fetch(`${url}/api/v1/workspace?state=canary-of-the-query`, {
    headers: { authorization, traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  // It asks TikTok with a code that TikTok does not know.
  const started = await fetch(`${url}/api/v1/connections`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{}',
  });
  const { authorize_url } = (await started.json()) as { readonly authorize_url: string };
  const state = new URL(authorize_url).searchParams.get('state');
  await fetch(`${url}/api/v1/connections/complete`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ state, code: 'canary-of-the-code', scopes: 'user.info.basic' }),
  });
  expect((await server.stop()).code).toBe(0);

  expect(collector.services).toEqual(new Set(['greenroom-of-the-test']));
  expect(new Set(collector.headers)).toEqual(new Set(['k1']));
  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  expect(named('GET /api/v1/workspace')).toEqual([
    expect.objectContaining({ traceId, parentSpanId: 'b'.repeat(16) }),
  ]);
  expect(named('sweep token-refresh').length).toBeGreaterThan(0);
  const [completed] = named('POST /api/v1/connections/complete');
  const [exchange] = collector.spans.filter(({ name }) => name.endsWith('/v2/oauth/token/'));
  expect(exchange).toMatchObject({
    traceId: completed?.traceId,
    parentSpanId: completed?.spanId,
  });
  const all = JSON.stringify(collector.spans);
  for (const secret of ['canary', apiKey, String(state), 'emulator-secret'])
    expect(all).not.toContain(secret);
});

test('without an endpoint nothing of OpenTelemetry’s SDK is loaded', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        // prom-client takes the empty shell of the API along; what costs start and memory is the rest.
        loaded.add(/node_modules\\/@opentelemetry\\/(?!api\\/)/.test(url));
        return next(url, context);
      },
    });
    const { readConfig, startServer } = await import(${JSON.stringify(
      fileURLToPath(new URL('../../src/index.ts', import.meta.url)),
    )});
    const server = await startServer(readConfig(process.env));
    await fetch(server.url + '/api/v1/session');
    await server.close();
    console.log(JSON.stringify([...loaded].sort()));`;
  const loaded = async (env: Record<string, string>): Promise<unknown> => {
    await using database = await createTestDatabase();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@greenroom/source', '--input-type=module', '-e', script],
      {
        env: {
          PATH: process.env['PATH'] ?? '',
          ...testEnvironment(database.url),
          LOG_LEVEL: 'silent',
          ...env,
        },
      },
    );
    return JSON.parse(stdout);
  };
  expect(await loaded({})).toEqual([false]);
  expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toEqual([
    false,
    true,
  ]);
});
