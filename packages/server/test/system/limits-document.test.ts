import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../accounts/support/connect.ts';
import { startWorld, type World } from '../accounts/support/world.ts';
import { createTemplate } from '../support/test-database.ts';
import { startTestEngine, type TestEngine } from '../support/test-engine.ts';

const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const page = readFileSync(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);

let engine: TestEngine;
let world: World;
let appId: string;
beforeAll(async () => {
  engine = await startTestEngine();
  await createTemplate(engine);
  process.env['GREENROOM_TEST_ENGINE'] = engine.ownerUrl;
  world = await startWorld();
  await connect(world, world.workspace, { username: 'public_creator' });
  const { api } = world.workspace;
  const app = { name: 'Ours', client_key: 'ours', client_secret: 'secret' };
  appId = (await api.createApp(app)).id;
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await engine.stop();
});

test('docs/limits.md has commands', () => expect(commands.length).toBeGreaterThan(2));

test.each(commands)('%s does what it says', { timeout: 60_000 }, async (command) => {
  const greenroom = `greenroom() { '${process.execPath}' --conditions=@greenroom/source '${CLI}' "$@"; }`;
  const { stdout } = await promisify(execFile)('bash', ['-euc', `${greenroom}\n${command}`], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GREENROOM_URL: world.url,
      GREENROOM_API_KEY: world.workspace.apiKey,
      APP_ID: appId,
    },
  });
  expect(stdout).toMatch(/"daily_users":500|"circuits"|6 inits|six inits|24 hours/);
});
