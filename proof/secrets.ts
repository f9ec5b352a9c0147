import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@greenroom/emulator';
import { findUnsealed } from '../packages/server/src/accounts/vault/find-unsealed.ts';
import { borrowEngine } from '../packages/server/src/db/engine/borrow-engine.ts';
import { type Claim, readProofOptions, reportProof } from './report.ts';
import {
  connectFromDesktop,
  connectInBrowser,
  disconnect,
  findInstallationApp,
  makeClientSecret,
  plantInLog,
  provokeErrors,
  readEverything,
  removeAuthorization,
  runAppFlow,
  type Stage,
  sweepRefreshes,
  useAccount,
} from './secrets/account-flows.ts';
import { claimCapture, countAsked } from './secrets/capture.ts';
import { checkSearch } from './secrets/check-search.ts';
import { runCliFlow } from './secrets/cli-flows.ts';
import { Evidence } from './secrets/evidence.ts';
import { greenroomDone, serve } from './secrets/greenroom.ts';
import { keepInspection, wouldShow } from './secrets/inspect.ts';
import { noteDataKeys, noteMasterKeys, offerBadKeys } from './secrets/keys.ts';
import { runPeopleFlows } from './secrets/people-flows.ts';
import {
  openHookReceiver,
  readDeliveries,
  runPublishFlow,
  runWebhookFlow,
} from './secrets/publish-flows.ts';
import { asOwner, keepBackup, keepDump, keepFolder } from './secrets/stores.ts';
import { judge } from './secrets/verdict.ts';
import { openWire } from './secrets/wire.ts';

/*
 * Sends secrets of every kind through every flow that there is, on a really spawned `greenroom serve`
 * against the emulator, and then looks for them wherever they might have stayed. Another text is planted in
 * each of these places, and has to be found there.
 */

const options = readProofOptions({ runs: 3, quickRuns: 1, mutants: ['planting', 'silent-log'] });
const folder = await mkdtemp(join(tmpdir(), 'greenroom-proof-secrets-'));
await chmod(folder, 0o711);
try {
  await prove(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function prove(root: string): Promise<void> {
  const evidence = new Evidence();
  const claims: Claim[] = [];
  await using tiktok = await startEmulator();
  await using wire = await openWire(tiktok.url, evidence);
  await using receiver = await openHookReceiver(evidence);
  const clientSecret = makeClientSecret(evidence);
  await tiktok.control.putApp('audited', { client_secret: clientSecret });
  const data = join(root, 'data');
  const env = {
    GREENROOM_DATA: data,
    GREENROOM_PORT: '0',
    GREENROOM_TEST_MODE: 'true',
    LOG_LEVEL: options.mutant === 'silent-log' ? 'silent' : 'trace',
    TIKTOK_CLIENT_KEY: 'audited',
    TIKTOK_CLIENT_SECRET: clientSecret,
    GREENROOM_WEBHOOK_PRIVATE_ADDRESSES: '127.0.0.1',
    TIKTOK_API_URL: wire.url,
    TIKTOK_AUTHORIZE_URL: tiktok.url,
  };
  const keyFile = join(data, 'master.key');

  await using server = await serve(env, evidence);
  const masterKeys = await noteMasterKeys(keyFile, evidence);
  const ownerKey = (await readFile(join(data, 'owner.key'), 'utf8')).trim();
  evidence.addSecret('owner key', ownerKey);
  const passwordFile = join(data, 'postgres', 'owner-password');
  evidence.addSecret('database password', (await readFile(passwordFile, 'utf8')).trim());
  await tiktok.control.putApp('audited', { webhook_url: `${server.url}/webhooks/tiktok` });
  const people = await runPeopleFlows(server.url, server.setupUrl ?? '', evidence);
  const installationApp = await findInstallationApp(people);
  const stage: Stage = { base: server.url, people, tiktok, wire, evidence, appId: installationApp };
  const ownApp = await runAppFlow(stage);
  const kept = await connectInBrowser(stage, 'private_creator');
  const endpointId = await runWebhookFlow(stage, receiver);
  await runPublishFlow(stage, kept, ownerKey);
  await runCliFlow(stage, env, 'limited_creator');
  for (let run = 0; run < options.runs; run += 1) {
    const removed = await connectInBrowser(stage, 'public_creator');
    const completed = await connectFromDesktop(stage, 'limited_creator', installationApp);
    const desktop = String(completed.json()['id']);
    const own = String((await connectFromDesktop(stage, 'limited_creator', ownApp)).json()['id']);
    await useAccount(stage, removed);
    await useAccount(stage, own);
    await provokeErrors(stage, desktop);
    await disconnect(stage, desktop, true);
    await disconnect(stage, own, false);
    await removeAuthorization(stage, removed);
    await greenroomDone(['keys', 'rotate', '--json'], env, evidence);
    masterKeys.push(...(await noteMasterKeys(keyFile, evidence)));
    await sweepRefreshes(stage);
  }

  // The planting: a text of our own, or with --mutant a living token, where it is as open as can be.
  const tokens = evidence.canaries.filter(({ name }) => name.startsWith('access token'));
  const planted =
    options.mutant === 'planting'
      ? (tokens.at(-1)?.bytes.toString() ?? '')
      : `planted.${randomBytes(24).toString('base64url')}`;
  evidence.addSecret('planted', planted);
  await people.robot.want('PATCH', '/api/v1/workspace', { json: { name: planted } });
  await people.robot.ask('POST', '/api/v1/apps', { json: { [planted]: 1 } });
  await plantInLog(stage, kept, planted);
  await readEverything(stage);
  await readDeliveries(stage, endpointId);
  await people.robot.want('GET', '/healthz');
  await people.robot.want('GET', '/readyz');
  const asked = countAsked(evidence);
  const metrics = await people.robot.want('GET', '/metrics');
  evidence.add('metrics', '/metrics', metrics.text);
  const backup = join(root, 'backup');
  await greenroomDone(['backup', backup, '--json'], env, evidence);
  const backupBytes = await keepBackup(backup, evidence);
  await server.stop();

  await offerBadKeys(env, keyFile, evidence);
  await keepInspection(
    { env, workspaceId: people.workspaceId, accountId: kept, planted },
    evidence,
  );
  const { dataKeys, rows, unsealed } = await readDatabase(server.url, data, masterKeys, evidence);
  const logBytes = await keepFolder(data, evidence);

  // Nothing of what comes from outside gets into the metrics, so their own text carries the planted one.
  evidence.add('metrics', 'planted', `${metrics.text}x_total{token="${planted}"} 1\n`);

  const search = checkSearch();
  claims.push(
    {
      claim: `the search finds each of ${search.hidden} hidden forms, and none in noise`,
      holds: search.found === search.hidden && search.imagined === 0,
    },
    {
      claim: `webhooks were delivered (${receiver.count()}) and searched`,
      holds: receiver.count() > 5,
    },
    {
      claim: 'printing the object graph shows what lies open in it',
      holds: wouldShow(`open.${planted}`),
    },
    {
      claim: `every column of ${rows} rows holds its sealed form, and none a token in the open`,
      holds: rows > 50 && unsealed.length === 0,
    },
    {
      claim: `${dataKeys} data keys, the write-ahead log (${logBytes} bytes) and the backup (${backupBytes} bytes) were there to be searched`,
      holds: dataKeys > 1 && logBytes > 1_000_000 && backupBytes > 5000,
    },
  );
  claims.push(...claimCapture(evidence, planted, { asked, metrics: metrics.text }));
  const verdict = judge(evidence, planted);
  reportProof({
    proof: 'secrets',
    seed: options.seed,
    runs: options.runs,
    faults: wire.faults(),
    leaks: verdict.leaks.length,
    claims: [...claims, ...verdict.claims],
    tables: verdict.tables,
  });
}

async function readDatabase(
  publicUrl: string,
  dataFolder: string,
  masterKeys: Parameters<typeof noteDataKeys>[1],
  evidence: Evidence,
) {
  await using engine = await borrowEngine({ dataFolder });
  return await asOwner(engine.url, async (client) => ({
    dataKeys: await noteDataKeys(client, masterKeys, evidence),
    rows: await keepDump(client, evidence),
    unsealed: await findUnsealed(client, publicUrl),
  }));
}
