import { randomBytes } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import type pg from 'pg';
import {
  type MasterKey,
  parseMasterKeys,
  unwrapDataKey,
} from '../../packages/server/src/accounts/vault/master-key.ts';
import type { Evidence } from './evidence.ts';
import { refuseToServe } from './greenroom.ts';

/** Notes the keys of a file, as it writes them and as bytes; those noted before are former ones now. */
export async function noteMasterKeys(path: string, evidence: Evidence): Promise<MasterKey[]> {
  evidence.rename('master key', 'former master key');
  const text = await readFile(path, 'utf8');
  for (const line of text.split('\n').filter((one) => one !== '')) {
    noteKey('master key', line, evidence);
  }
  return [...parseMasterKeys(text, path)];
}

/** Notes every data key of a database, unwrapped. Returns how many there are. */
export async function noteDataKeys(
  client: pg.Client,
  masterKeys: readonly MasterKey[],
  evidence: Evidence,
): Promise<number> {
  const { rows } = await client.query<{
    id: string;
    workspaceId: string | null;
    wrapped: Buffer;
    masterKeyId: string;
  }>(
    'select id, workspace_id as "workspaceId", wrapped, master_key_id as "masterKeyId" from data_keys',
  );
  for (const row of rows) {
    const masterKey = masterKeys.find(({ id }) => id === row.masterKeyId);
    if (masterKey === undefined) throw new Error('A data key is under an unknown master key');
    evidence.addSecret('data key', unwrapDataKey(masterKey, row, row.wrapped).export());
  }
  return rows.length;
}

/** Lets servers start with master keys that are wrong, damaged, cut, or open to all, and keeps what they say. */
export async function offerBadKeys(
  env: Record<string, string>,
  keyFile: string,
  evidence: Evidence,
): Promise<void> {
  const make = () => {
    const key = randomBytes(32).toString('base64');
    noteKey('other master key', key, evidence);
    return key;
  };
  const damaged = `${make()}x`;
  const printed = make();
  await refuseToServe({ ...env, GREENROOM_MASTER_KEY: make() }, evidence);
  await refuseToServe({ ...env, GREENROOM_MASTER_KEY: damaged }, evidence);
  const command = `echo ${printed}; echo ${printed} >&2; exit 1`;
  await refuseToServe({ ...env, GREENROOM_MASTER_KEY_COMMAND: command }, evidence);
  await refuseToServe({ ...env, GREENROOM_MASTER_KEY_COMMAND: `echo ${make()}` }, evidence);
  await chmod(keyFile, 0o644);
  await refuseToServe(env, evidence);
  await chmod(keyFile, 0o600);
}

function noteKey(kind: string, text: string, evidence: Evidence): void {
  evidence.addSecret(kind, text);
  evidence.addSecret(kind, Buffer.from(text, 'base64'));
}
