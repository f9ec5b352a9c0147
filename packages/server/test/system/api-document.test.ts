import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { problemKinds, scopeRoles } from '@greenroom/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpServer, startHttpServer } from '../http/support/http-server.ts';
import { createTemplate } from '../support/test-database.ts';
import { startTestEngine, type TestEngine } from '../support/test-engine.ts';

const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => String(code));

let engine: TestEngine;
let server: HttpServer;
beforeAll(async () => {
  engine = await startTestEngine();
  await createTemplate(engine);
  process.env['GREENROOM_TEST_ENGINE'] = engine.ownerUrl;
  server = await startHttpServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine.stop();
});

async function run(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
    env: {
      ...process.env,
      GREENROOM_URL: server.url,
      GREENROOM_API_KEY: server.apiKey,
    },
  });
  return stdout;
}

test('the first command of docs/api.md lists accounts', async () => {
  expect(JSON.parse(await run(String(commands[0])))).toEqual({ items: [], next_cursor: null });
});

test('the second one sends a write twice and creates one thing', async () => {
  const output = await run(String(commands[1]));
  const [first, second] = output
    .replace('}{', '}\n{')
    .split('\n')
    .map((one) => JSON.parse(one));
  expect(first.url).toContain('/setup#');
  expect(second).toEqual({ ...first, url: null });
});

test('there are no commands that no test runs', () => {
  expect(commands).toHaveLength(2);
});

test('docs/api.md knows every scope, and only problems that exist', () => {
  const scopes = [...page.matchAll(/^\| `(\w+:\w+)` \|/gm)].map(([, scope]) => scope);
  expect(scopes).toEqual(Object.keys(scopeRoles));
  const codes = [...page.matchAll(/\| (\d{3}) `([\w-]+)`/g)];
  expect(codes.length).toBeGreaterThan(4);
  for (const [, status, code] of codes) {
    expect(problemKinds).toHaveProperty(
      String(code),
      expect.objectContaining({ status: Number(status) }),
    );
  }
});
