import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DatabaseProxy, startDatabaseProxy } from '../http/support/database-proxy.ts';
import { type HttpServer, startHttpServer } from '../http/support/http-server.ts';
import { makeVideo } from './support/files.ts';
import { beginUpload, digestOf, idOf, openPatch, sendBytes, tus } from './support/tus.ts';

/** A server whose way to its database can be cut. */
async function startOnProxy(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-media-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const made: DatabaseProxy[] = [];
  const server: HttpServer = stack.use(
    await startHttpServer({
      env: { GREENROOM_MEDIA_FOLDER: folder },
      way: async (databaseUrl) => {
        const way = stack.use(await startDatabaseProxy(databaseUrl));
        made.push(way);
        return way.url;
      },
    }),
  );
  const [proxy] = made;
  if (proxy === undefined) throw new Error('The server took no way of ours');
  return { server, proxy };
}

test('a database that goes away in the middle of an upload and returns costs a second of it', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, server } = await startOnProxy(stack);
  const bytes = await makeVideo(3_000_000);
  const path = await beginUpload(server, bytes.length);
  const connection = await openPatch(server, path, 0, bytes.length);
  let answer = '';
  connection.socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  await connection.send(bytes.subarray(0, 1_000_000));
  const received = () =>
    server.rows<{ received: string }>('select received from media').then(([row]) => row?.received);
  await expect.poll(received, { timeout: 5000 }).toBe('1000000');

  await proxy.cut();
  await connection.send(bytes.subarray(1_000_000, 2_000_000));
  // The client is told at once, and the connection ends.
  await connection.closed;
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(await received()).toBe('1000000');

  await proxy.mend();
  await expect
    .poll(async () => (await tus(server, 'HEAD', path)).offset, { timeout: 15_000 })
    .toBe(1_000_000);
  const rest = await sendBytes(server, path, 1_000_000, new Uint8Array(bytes.subarray(1_000_000)));
  expect(rest.status).toBe(204);
  expect(await server.api.getMedia({ id: idOf(path) })).toMatchObject({
    state: 'ready',
    sha256: digestOf(bytes),
  });
}, 60_000);
