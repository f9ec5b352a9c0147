import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { holdPort } from '../../src/runtime/hold-port.ts';

const HOST = '127.0.0.1';

test("a port that was chosen is nobody else's until it is released", async () => {
  const held = await holdPort(HOST, 0);
  await expect(holdPort(HOST, held.port)).rejects.toMatchObject({ code: 'port_taken' });
  await held.release();
  await held.release();
  const server = createServer().listen(held.port, HOST);
  await once(server, 'listening');
  server.close();
});

test('a port that was given is not held: who asks before the server listens is refused', async () => {
  const { port, release } = await holdPort(HOST, 0);
  await release();
  const given = await holdPort(HOST, port);
  expect(given.port).toBe(port);
  await expect(fetch(`http://${HOST}:${port}`)).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
  await given.release();
});

test('whoever connects to a held port is cut off, so that it can be released', async () => {
  const { port, release } = await holdPort(HOST, 0);
  await expect(fetch(`http://${HOST}:${port}`)).rejects.toThrow();
  await release();
});
