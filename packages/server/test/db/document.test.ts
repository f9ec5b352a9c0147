import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activityActions } from '../../src/activity/actions.ts';
import { connect } from '../support/connect.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { startTestEngine } from '../support/test-engine.ts';

const page = readFileSync(new URL('../../../../docs/database.md', import.meta.url), 'utf8');

test('the statements and commands of docs/database.md lead to a running server', {
  timeout: 60_000,
}, async () => {
  await using engine = await startTestEngine();
  await using folder = await makeFolder();
  for (const statement of fenced('sql')) await runAsAdministrator(engine.ownerUrl, statement);

  const [makeKey = '', exportKey = '', exportUrl = '', serve = ''] = fenced('sh');
  execFileSync('/bin/sh', ['-c', makeKey], { cwd: folder.path });
  expect(exportUrl).toMatch(/^export DATABASE_URL=postgres:\/\/greenroom:change-me@/);
  expect(serve).toBe('greenroom serve');
  const keyFile = exportKey.replace('export GREENROOM_MASTER_KEY_FILE=', '');
  await using server = spawnServer({
    DATABASE_URL: addressOf(engine.ownerUrl, 'hosted', 'change-me'),
    GREENROOM_MASTER_KEY_FILE: join(folder.path, keyFile),
    GREENROOM_PORT: '0',
  });
  const { url } = await server.ready;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('docs/database.md lists every action of the audit log', () => {
  const rows = Object.entries(activityActions).map(
    ([action, words]) => `| \`${action}\` | ${words} |`,
  );
  expect(
    page
      .slice(page.indexOf('| --- | --- |\n') + 14)
      .trim()
      .split('\n'),
  ).toEqual(rows);
});

/** The lines of the page's block in this language. */
function fenced(language: string): string[] {
  const [, lines = ''] = new RegExp(`\`\`\`${language}\\n(.+?)\`\`\``, 's').exec(page) ?? [];
  expect(lines).not.toBe('');
  return lines.trim().split('\n');
}

/** Runs a statement as an administrator who is no superuser. The engine's own user has the page's name, so it takes another. */
async function runAsAdministrator(ownerUrl: string, statement: string): Promise<void> {
  {
    await using owner = await connect(ownerUrl);
    await owner.client.query(`do $$ begin
      create role administrator login createrole createdb password 'x';
      exception when duplicate_object then null; end $$`);
  }
  await using administrator = await connect(addressOf(ownerUrl, 'administrator', 'x', 'greenroom'));
  await administrator.client.query(statement.replaceAll(/\bgreenroom\b/g, 'hosted'));
}

function addressOf(ownerUrl: string, username: string, password: string, name = username): string {
  return Object.assign(new URL(ownerUrl), { username, password, pathname: `/${name}` }).href;
}

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'greenroom-page-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
