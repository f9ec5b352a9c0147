import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { eventTypes } from '@greenroom/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertKinds } from '../../src/activity/alerts/alert-kinds.ts';
import { type HttpServer, startHttpServer } from '../http/support/http-server.ts';
import { createTemplate } from '../support/test-database.ts';
import { startTestEngine, type TestEngine } from '../support/test-engine.ts';

let engine: TestEngine;
let server: HttpServer;
let endpointId = '';
beforeAll(async () => {
  engine = await startTestEngine();
  await createTemplate(engine);
  process.env['GREENROOM_TEST_ENGINE'] = engine.ownerUrl;
  server = await startHttpServer();
  endpointId = (await server.api.createWebhookEndpoint({ url: 'https://hooks.example.com/' })).id;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await engine.stop();
});

function read(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
}

function commandsOf(page: string): string[] {
  return [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => String(code));
}

async function run(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
    env: {
      ...process.env,
      GREENROOM_URL: server.url,
      GREENROOM_API_KEY: server.apiKey,
      ENDPOINT_ID: endpointId,
    },
  });
  return stdout;
}

const pages = ['webhooks.md', 'live-updates.md', 'alerts.md'].map((name) => ({
  name,
  page: read(name),
}));

describe.each(pages)('docs/$name', ({ page }) => {
  const commands = commandsOf(page);

  test('has commands', () => expect(commands.length).toBeGreaterThan(0));

  test.each(commands)('%s does what it says', async (command) => {
    const output = await run(command);
    expect(output).not.toBe('');
    expect(output).not.toContain('"status":4');
  });
});

test('docs/webhooks.md tells of every event that an endpoint can get, and of no other', () => {
  const rows = [...read('webhooks.md').matchAll(/^\| `(\w+\.\w+)` \| (.+?) \| (.+?) \|$/gm)];
  const told = rows.map(([, type, words, details]) => [type, words, details]);
  const there = Object.entries(eventTypes).flatMap(([type, kind]) => {
    if ('isLiveOnly' in kind) return [];
    const fields = Object.keys(kind.details.shape).map((field) => `\`${field}\``);
    return [[type, kind.words, fields.join(', ')]];
  });
  expect(told).toEqual(there);
});

test('docs/alerts.md tells of every kind of alert, in its words', () => {
  const rows = [...read('alerts.md').matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \|$/gm)];
  const told = rows.map(([, kind, words]) => [kind, words]);
  const there = Object.entries(alertKinds).map(([kind, { words }]) => [kind, words]);
  expect(told.slice(0, there.length)).toEqual(there);
});

test('docs/alerts.md tells of every service level and every check', async () => {
  const page = read('alerts.md');
  const { service_levels: levels } = await server.api.getPublishing({});
  for (const { name, objective, words } of levels) {
    expect(page).toMatch(
      new RegExp(`^\\| \`${name}\` \\| .* \\| (above|below) ${objective} \\|$`, 'm'),
    );
    expect(page).toContain(words);
  }
  const { items } = await server.api.runChecks({});
  for (const { name } of items) expect(page).toContain(`| \`${name}\` |`);
});
