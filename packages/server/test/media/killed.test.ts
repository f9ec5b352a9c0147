import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@greenroom/contract';
import { expect, test } from 'vitest';
import { askAsOwner } from '../support/ask-as-owner.ts';
import { spawnServer } from '../support/spawn-server.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { makeOwnerKey, testEnvironment } from '../support/test-server.ts';
import { makeVideo } from './support/files.ts';
import { beginUpload, digestOf, idOf, openPatch, sendBytes, tus } from './support/tus.ts';

/** A database and a media folder that several processes share. */
async function makeSite() {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-media-'));
  const env = { ...testEnvironment(database.url), GREENROOM_MEDIA_FOLDER: folder };
  return {
    database,
    env,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      await database.close();
    },
  };
}

test('an upload whose web process is killed goes on at another one, and not a byte is wrong', async () => {
  await using site = await makeSite();
  await using first = spawnServer(site.env, ['--role', 'web']);
  await using second = spawnServer(site.env, ['--role', 'web']);
  const [{ url: firstUrl }, { url: secondUrl }] = await Promise.all([first.ready, second.ready]);
  const { apiKey } = await makeOwnerKey(site.database.url);
  const bytes = await makeVideo(6_000_000);

  const path = await beginUpload({ url: firstUrl, apiKey }, bytes.length);
  const connection = await openPatch({ url: firstUrl, apiKey }, path, 0, bytes.length);
  await connection.send(bytes.subarray(0, 2_000_000));
  const received = async () => {
    const rows = await askAsOwner<{ received: string }>(
      site.database.url,
      'select received from media',
    );
    return Number(rows[0]?.received);
  };
  await expect.poll(received, { timeout: 10_000 }).toBe(2_000_000);
  // These are on their way when it dies: they may be kept or not.
  await connection.send(bytes.subarray(2_000_000, 2_500_000));
  first.child.kill('SIGKILL');
  await first.ended;

  const other = { url: secondUrl, apiKey };
  const { offset = -1 } = await tus(other, 'HEAD', path);
  expect(offset).toBeGreaterThanOrEqual(2_000_000);
  const rest = await sendBytes(other, path, offset, new Uint8Array(bytes.subarray(offset)));
  expect(rest.status).toBe(204);
  const api = createClient({ baseUrl: secondUrl, apiKey });
  expect(await api.getMedia({ id: idOf(path) })).toMatchObject({
    state: 'ready',
    sha256: digestOf(bytes),
  });
}, 60_000);

test('two web processes write one upload by turns, whoever holds it', async () => {
  await using site = await makeSite();
  await using first = spawnServer(site.env, ['--role', 'web']);
  await using second = spawnServer(site.env, ['--role', 'web']);
  const [{ url: firstUrl }, { url: secondUrl }] = await Promise.all([first.ready, second.ready]);
  const { apiKey } = await makeOwnerKey(site.database.url);
  const bytes = await makeVideo(2_000_000);

  const path = await beginUpload({ url: firstUrl, apiKey }, bytes.length);
  // A connection that the client has given up and the first process still holds.
  const hanging = await openPatch({ url: firstUrl, apiKey }, path, 0, bytes.length);
  await hanging.send(bytes.subarray(0, 700_000));
  // The first process may read them only when the second has answered; then it would hold on until its patience ends.
  const held = 'select count(*)::int from media where writer is not null';
  await expect.poll(() => askAsOwner(site.database.url, held)).toEqual([{ count: 1 }]);
  const { offset } = await tus({ url: secondUrl, apiKey }, 'HEAD', path);
  expect(offset).toBeLessThanOrEqual(700_000);
  await hanging.closed;
  const at = offset ?? 0;
  // Part of the rest there, the last of it here: the digest is made of the file then.
  const middle = at + 400_000;
  for (const [url, from, to] of [
    [secondUrl, at, middle],
    [firstUrl, middle, bytes.length],
  ] as const) {
    const part = new Uint8Array(bytes.subarray(from, to));
    expect(await sendBytes({ url, apiKey }, path, from, part)).toMatchObject({ status: 204 });
  }
  const api = createClient({ baseUrl: firstUrl, apiKey });
  expect(await api.getMedia({ id: idOf(path) })).toMatchObject({
    state: 'ready',
    sha256: digestOf(bytes),
  });
}, 60_000);
