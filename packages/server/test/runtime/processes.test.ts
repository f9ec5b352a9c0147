import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@greenroom/contract';
import { startEmulator } from '@greenroom/emulator';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findBinaries } from '../../src/db/engine/binaries.ts';
import { type Engine, startEngine } from '../../src/db/engine/engine.ts';
import { type ServerProcess, spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';

// A process takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const DEADLINE = { timeout: 20_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-processes-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ready {
  readonly status: number;
  readonly failing: readonly string[];
}

async function readinessOf(server: ServerProcess): Promise<Ready> {
  const { url } = await server.ready;
  const answer = await fetch(`${url}/readyz`);
  const { checks } = (await answer.json()) as {
    readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
  };
  return {
    status: answer.status,
    failing: checks.filter(({ ok }) => !ok).map(({ check }) => check),
  };
}

/** A request whose body is on its way: it has begun and cannot end before the rest is sent. */
async function beginRequest(url: string, apiKey: string) {
  const request = httpRequest(`${url}/api/v1/workspace`, {
    method: 'PATCH',
    agent: false,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  });
  const answered = new Promise<{ readonly status: number | undefined; readonly body: string }>(
    (resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
    },
  );
  // Who waits for an answer hears of the failure; the others mean it to fail.
  answered.catch(() => undefined);
  await new Promise<void>((resolve) => request.write('{"name":', () => resolve()));
  // What was sent before this has arrived when this is answered.
  await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
  return { answered, finish: () => request.end('"Later"}') };
}

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  const start = (): Promise<Engine> =>
    startEngine({
      dataFolder: join(folder, 'database'),
      isDurable: false,
      native: major === 18 ? findBinaries() : findBinaries(`postgres${major}-`),
    });

  test('a web and a worker process share one database, and live through its absence', {
    timeout: 90_000,
  }, async () => {
    await using tiktok = await startEmulator();
    let engine = await start();
    try {
      const env = testEnvironment(engine.url, tiktok);
      // Both at once: one migrates, the other waits for it.
      await using web = spawnServer({ ...env, GREENROOM_ROLE: 'web' });
      await using worker = spawnServer({ ...env, GREENROOM_ROLE: 'worker' });
      const [{ url, role, data_folder }, { url: workerUrl }] = await Promise.all([
        web.ready,
        worker.ready,
      ]);
      expect({ role, data_folder }).toEqual({ role: 'web', data_folder: null });
      const { apiKey } = await makeOwnerKey(engine.url);
      const api = createClient({ baseUrl: url, apiKey });
      expect(await api.getWorkspace()).toMatchObject({ name: 'Main' });

      // The worker answers probes and nothing else, and only it sweeps.
      expect((await fetch(`${workerUrl}/api/v1/workspace`)).status).toBe(404);
      const sweepsOf = async (base: string) =>
        (await (await fetch(`${base}/metrics`)).text()).match(/^greenroom_sweeps_total\{.*$/gm) ??
        [];
      await expect
        .poll(async () => (await sweepsOf(workerUrl)).join(), DEADLINE)
        .toContain('sweep="token-refresh",outcome="done"');
      expect(await sweepsOf(url)).toEqual([]);

      await engine.stop();
      for (const server of [web, worker]) {
        await expect
          .poll(() => readinessOf(server), DEADLINE)
          .toEqual({ status: 503, failing: ['database', 'schema', 'vault'] });
        expect((await fetch(`${(await server.ready).url}/healthz`)).status).toBe(200);
      }
      await expect(api.getWorkspace()).rejects.toMatchObject({ status: 503 });

      engine = await start();
      for (const server of [web, worker]) {
        await expect
          .poll(() => readinessOf(server), DEADLINE)
          .toEqual({ status: 200, failing: [] });
      }
      expect(await api.getWorkspace()).toMatchObject({ name: 'Main' });

      expect(await web.stop()).toMatchObject({ code: 0 });
      expect(await worker.stop()).toMatchObject({ code: 0 });
    } finally {
      await engine.stop();
    }
  });
});

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s', async (signal) => {
    await using database = await createTestDatabase();
    await using server = spawnServer(testEnvironment(database.url));
    await server.ready;
    const { code, stderr } = await server.stop(signal);
    expect(code).toBe(0);
    expect(stderr).toContain('the server has stopped');
  });

  test('finishes the request under way before it ends', async () => {
    await using database = await createTestDatabase();
    await using server = spawnServer(testEnvironment(database.url));
    const { url } = await server.ready;
    const { apiKey } = await makeOwnerKey(database.url);
    const { answered, finish } = await beginRequest(url, apiKey);
    server.child.kill('SIGTERM');
    await vi.waitFor(() => expect(server.stderr()).toContain('the server stops'), DEADLINE);
    finish();
    expect(await answered).toMatchObject({ status: 200, body: expect.stringContaining('Later') });
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test('cuts what does not end within the deadline', async () => {
    await using database = await createTestDatabase();
    await using server = spawnServer({
      ...testEnvironment(database.url),
      GREENROOM_STOP_SECONDS: '1',
    });
    const { url } = await server.ready;
    const { apiKey } = await makeOwnerKey(database.url);
    const { answered } = await beginRequest(url, apiKey);
    const { code, stderr } = await server.stop();
    expect(code).toBe(0);
    expect(stderr).toContain('did not end in time');
    await expect(answered).rejects.toThrow();
  });

  test('ends at once on a second signal', async () => {
    await using database = await createTestDatabase();
    await using server = spawnServer({
      ...testEnvironment(database.url),
      GREENROOM_STOP_SECONDS: '600',
    });
    const { url } = await server.ready;
    const { apiKey } = await makeOwnerKey(database.url);
    await beginRequest(url, apiKey);
    server.child.kill('SIGTERM');
    await vi.waitFor(() => expect(server.stderr()).toContain('the server stops'), DEADLINE);
    // A signal that comes right behind the first counts as the same wish.
    await vi.waitFor(async () => {
      server.child.kill('SIGTERM');
      expect(server.child.exitCode).toBe(143);
    }, DEADLINE);
  });

  test('writes down what nobody caught, without its secrets, and ends with 1', async () => {
    await using database = await createTestDatabase();
    // The bug: a rejection that nobody handles, brought about from outside.
    const bug = `process.once('SIGUSR2', () => { Promise.reject(new Error('a bug with act.canary0123456789')) })`;
    await using server = spawnServer({
      ...testEnvironment(database.url),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}`,
    });
    await server.ready;
    const { code, stderr } = await server.stop('SIGUSR2');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /"level":"fatal".*a bug with act\.\[redacted\].*a bug ends this process/,
    );
    expect(stderr).not.toContain('canary');
  });

  test.each([
    {
      what: 'a port that is taken',
      env: async () => {
        const { url } = await busy();
        return { GREENROOM_PORT: new URL(url).port };
      },
      code: 1,
      words: /Another program listens on 127\.0\.0\.1:\d+\.\nEnd it, or set another port/,
    },
    {
      what: 'a master key that is none',
      env: async () => ({ GREENROOM_MASTER_KEY: 'short' }),
      code: 2,
      words: /GREENROOM_MASTER_KEY/,
    },
    {
      what: 'a configuration that makes no sense',
      env: async () => ({ GREENROOM_ROLE: 'boss', GREENROOM_PROT: '1' }),
      code: 2,
      words:
        /GREENROOM_ROLE takes .*\n.*GREENROOM_PROT is no setting; did you mean GREENROOM_PORT\?/,
    },
  ])('ends with words on $what', async ({ code, env, words }) => {
    await using database = await createTestDatabase();
    await using server = spawnServer({ ...testEnvironment(database.url), ...(await env()) });
    const ended = await server.ended;
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(words);
    // Words for a person: no stack.
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  const listening: Server[] = [];
  afterEach(() => {
    for (const server of listening.splice(0)) server.close();
  });
  async function busy(): Promise<{ readonly url: string }> {
    const server = createServer().listen(0, '127.0.0.1');
    listening.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('It listens on TCP');
    return { url: `http://127.0.0.1:${address.port}` };
  }
});
