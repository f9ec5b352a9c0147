import { lookup } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findAddresses } from '../../../src/webhooks/out/find-addresses.ts';
import { AddressGuard } from '../../../src/webhooks/out/private-addresses.ts';
import { sendWebhook, type WebhookRequest } from '../../../src/webhooks/out/send-webhook.ts';
import { startNameServer } from './support/name-server.ts';
import { startReceiver } from './support/receiver.ts';

const requestTo = (url: string, nameServer: string, allowed: string[] = []): WebhookRequest => ({
  url,
  headers: {},
  body: '{}',
  guard: new AddressGuard(allowed),
  names: { servers: [nameServer], hostsFile: undefined },
  signal: new AbortController().signal,
  timeoutMs: 1_000,
});

test('a name server that never answers keeps nobody else from looking up names', async () => {
  await using names = await startNameServer(undefined);
  const sent = Array.from({ length: 20 }, (_, index) =>
    sendWebhook(requestTo(`https://slow${index}.example/hook`, names.address)),
  );
  await expect.poll(names.asked).toBeGreaterThan(0);
  const startedAt = performance.now();
  await lookup('localhost');
  expect(performance.now() - startedAt).toBeLessThan(900);
  const timedOut = { kind: 'failed', error: 'timed_out' };
  expect(await Promise.all(sent)).toEqual(sent.map(() => timedOut));
});

test('a name that leads to a private address is refused when it is looked up', async () => {
  await using names = await startNameServer('127.0.0.1');
  await using receiver = await startReceiver();
  const url = `https://inside.example:${receiver.port}/hook`;
  expect(await sendWebhook(requestTo(url, names.address))).toEqual({
    kind: 'failed',
    error: 'address_not_allowed',
  });
  const open = `http://inside.example:${receiver.port}/hook`;
  expect(await sendWebhook(requestTo(open, names.address, ['127.0.0.1']))).toMatchObject({
    kind: 'answered',
    status: 200,
  });
  expect(receiver.received).toHaveLength(1);
});

test('what is no name is an error at once', async () => {
  await using names = await startNameServer(undefined);
  const source = { servers: [names.address], hostsFile: undefined };
  const looked = findAddresses('a..b', source, AbortSignal.timeout(5_000));
  await expect(looked).rejects.toMatchObject({ code: 'EBADNAME' });
});

test('the hosts file comes first where it is given', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  await using names = await startNameServer('203.0.113.9');
  try {
    const hostsFile = join(folder, 'hosts');
    await writeFile(
      hostsFile,
      '# 10.0.0.9 n8n\n10.0.0.7\tflows n8n # ours\r\nfd00::7 N8N\nnonsense n8n\n',
    );
    const source = { servers: [names.address], hostsFile };
    const signal = AbortSignal.timeout(5_000);
    expect(await findAddresses('n8n', source, signal)).toEqual([
      { address: '10.0.0.7', family: 4 },
      { address: 'fd00::7', family: 6 },
    ]);
    expect(await findAddresses('other.example', source, signal)).toEqual([
      { address: '203.0.113.9', family: 4 },
    ]);
    const gone = { ...source, hostsFile: join(folder, 'none') };
    expect(await findAddresses('n8n', gone, signal)).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
