import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import {
  type MasterKey,
  parseMasterKeys,
  unwrapDataKey,
} from '../../packages/server/src/accounts/vault/master-key.ts';
import type { Evidence } from './evidence.ts';

/** Notes the keys of a file: as it writes them and as bytes. */
export async function noteMasterKeys(path: string, evidence: Evidence): Promise<MasterKey[]> {
  const text = await readFile(path, 'utf8');
  for (const line of text.split('\n').filter((one) => one !== '')) {
    evidence.addSecret('master key', line);
    evidence.addSecret('master key', Buffer.from(line, 'base64'));
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
