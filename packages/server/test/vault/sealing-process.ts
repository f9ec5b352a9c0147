/*
 * A process that uses the vault as a server does: it makes workspaces, seals a value in each and opens what
 * it and others sealed, until it is told to stop by the end of its input. It prints a line for each value.
 */
import { randomUUID } from 'node:crypto';
import { Secret } from '../../src/accounts/secret.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { openVault } from '../../src/accounts/vault/vault.ts';
import { inWorkspace, openDatabase } from '../../src/db/database.ts';
import { placeIn } from './fixtures.ts';

const [url = '', dataFolder = ''] = process.argv.slice(2);
let isStopping = false;
process.stdin.on('end', () => {
  isStopping = true;
});
process.stdin.resume();

await using database = await openDatabase({ url, maxConnections: 2 });
const vault = await openVault({ database, masterKeys: masterKeySource({ dataFolder }) });
while (!isStopping) {
  const workspaceId = randomUUID();
  const rowId = randomUUID();
  const text = `act.${rowId}`;
  const sealed = await inWorkspace(database, workspaceId, async (tx) => {
    await tx.insertInto('workspaces').values({ id: workspaceId, name: 'Studio' }).execute();
    return vault.seal(tx, placeIn(workspaceId, rowId), Secret.of(text));
  });
  const opened = await inWorkspace(database, workspaceId, (tx) =>
    vault.open(tx, placeIn(workspaceId, rowId), sealed),
  );
  if (opened.reveal() !== text) throw new Error('Another text came out than went in');
  const line = JSON.stringify({ workspaceId, rowId, sealed: sealed.toString('base64') });
  process.stdout.write(`${line}\n`);
}
