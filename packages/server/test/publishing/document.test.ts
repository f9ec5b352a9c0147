import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';

const page = await readFile(new URL('../../../../docs/publishing.md', import.meta.url), 'utf8');

/** The commands of the page's blocks, in order. */
function commands(): string[] {
  return [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );
}

test('its commands work: a web process and two workers on one database, and a look at the posts', async () => {
  await using database = await createTestDatabase();
  const env = testEnvironment(database.url);
  const servers = commands().filter((line) => line.startsWith('greenroom serve '));
  const others = commands().filter((line) => !line.startsWith('greenroom serve '));
  expect(servers.length + others.length).toBeGreaterThan(3);
  await using stack = new AsyncDisposableStack();
  const urls: string[] = [];
  const roles: string[] = [];
  for (const line of servers) {
    // Whatever port the machine of the test has.
    const args = line
      .replace(/--port \d+/, '--port 0')
      .split(' ')
      .slice(2);
    const { role, url } = await stack.use(spawnServer(env, args)).ready;
    roles.push(role);
    urls.push(url);
  }
  expect(roles).toEqual(['web', 'worker', 'worker']);
  const { apiKey } = await makeOwnerKey(database.url);
  for (const line of others) {
    const { code, stdout } = await run(line, urls[0] ?? '', apiKey);
    expect(code, line).toBe(0);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  }
}, 120_000);

test('its numbers are those of the code', () => {
  const { databaseConnections, publishConcurrency, videoTransfer } = readConfig({});
  expect(page).toContain(`\`GREENROOM_PUBLISH_CONCURRENCY\` (${publishConcurrency})`);
  expect(page).toContain(`\`GREENROOM_DATABASE_CONNECTIONS\` (${databaseConnections})`);
  expect(videoTransfer).toBe('upload');
});

async function run(line: string, url: string, apiKey: string) {
  const cli = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
  const args = line.split(' ').slice(1);
  const child = spawn(process.execPath, ['--conditions=@greenroom/source', cli, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/nonexistent',
      GREENROOM_URL: url,
      GREENROOM_API_KEY: apiKey,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stdout = await text(child.stdout);
  return { code: await ended, stdout };
}
