import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { findUnsealed } from '../../src/accounts/vault/find-unsealed.ts';
import { openVault } from '../../src/accounts/vault/vault.ts';
import { inWorkspace, openDatabase } from '../../src/db/database.ts';
import { listTables } from '../support/catalogue.ts';
import { connect } from '../support/connect.ts';
import { TableFiller } from '../support/fill-tables.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { keysFromEnvironment, makeKeyText, makeWorkspace, placeIn } from './fixtures.ts';

const TOKEN = 'act.example12345Example12345Example!5274.va';

const PUBLIC_URL = 'https://green.example.com';

/** A table beside ours, as a later migration might add one. */
const LATER = `create schema later; create table later.notes (
  id int generated always as identity, note text, list text[], facts jsonb, raw bytea,
  token_sealed bytea, odd_sealed text
)`;

describe('the search for secrets in the open', () => {
  test('finds none in a database that is used as it should be', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    const vault = await openVault({ database, masterKeys: keysFromEnvironment(makeKeyText()) });
    await using owner = await connect(own.url);
    const { client } = owner;
    await client.query(LATER);
    const workspaceId = await makeWorkspace(database);
    const sealed = await inWorkspace(database, workspaceId, (tx) =>
      vault.seal(tx, placeIn(workspaceId), Secret.of(TOKEN)),
    );
    await client.query('insert into later.notes (note, raw, token_sealed) values ($1, $2, $3)', [
      'Contact.person12345 is exact.enough12345, wrote jact.ion1234567890123; see http://act.example.com, https://cdn.example.com/media/5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8/clip.mp4,  act. 3 and "act.short"',
      randomBytes(4096),
      sealed,
    ]);
    expect(await findUnsealed(client, PUBLIC_URL)).toEqual([]);
  });

  test.each([
    { column: 'note', value: TOKEN },
    { column: 'note', value: `a refresh token rft.${TOKEN.slice(4)} within a sentence` },
    { column: 'note', value: 'clt.2.6wwfgpoR9_xYj1K3n' },
    { column: 'note', value: 'https://open-upload-sg.tiktokapis.com/upload?upload_id=1' },
    { column: 'note', value: 'http://127.0.0.1:4000/upload?upload_id=1&upload_token=6f1c' },
    { column: 'note', value: `pulled from ${PUBLIC_URL}/media/${'b'.repeat(43)}/0.mp4` },
    { column: 'list', value: ['harmless', TOKEN] },
    { column: 'facts', value: { headers: { authorization: `Bearer ${TOKEN}` } } },
    { column: 'raw', value: Buffer.from(`{"token":"${TOKEN}"}`) },
    {
      column: 'raw',
      value: Buffer.concat([Buffer.of(0, 7, 255), Buffer.from(TOKEN), Buffer.of(0)]),
    },
    {
      column: 'token_sealed',
      value: Buffer.concat([Buffer.of(1), Buffer.from(` ${TOKEN}`), randomBytes(9)]),
    },
  ])('finds $value in the column $column', async ({ column, value }) => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    const { client } = owner;
    await client.query(LATER);
    await client.query(`insert into later.notes (${column}) values ($1)`, [value]);
    expect(await findUnsealed(client, PUBLIC_URL)).toEqual([
      { table: 'later.notes', column, kind: 'plaintext', rows: 1 },
    ]);
  });

  test('leaves alone what people write: their addresses may have tokens of others', async () => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    const filler = new TableFiller(owner.client);
    const workspaceId = randomUUID();
    await owner.client.query(`insert into workspaces (id, name) values ($1, 'own')`, [workspaceId]);
    const tables = await listTables(owner.client);
    for (const name of ['posts', 'post_media', 'webhook_endpoints']) {
      const table = tables.find((one) => one.name === name);
      if (table) await filler.fill(table, workspaceId);
    }
    const theirs = `https://others.example.com/f?upload_token=1&t=${TOKEN}`;
    await owner.client.query('update posts set title = $1, description = $1', [theirs]);
    await owner.client.query('update post_media set media_id = null, url = $1', [theirs]);
    await owner.client.query('update webhook_endpoints set url = $1, description = $1', [theirs]);
    const found = await findUnsealed(owner.client, PUBLIC_URL);
    expect(found.filter(({ kind }) => kind === 'plaintext')).toEqual([]);
    await owner.client.query('update posts set state_reason = $1', [theirs]);
    expect(await findUnsealed(owner.client, PUBLIC_URL)).toContainEqual({
      table: 'public.posts',
      column: 'state_reason',
      kind: 'plaintext',
      rows: 1,
    });
  });

  test.each([
    { column: 'token_sealed', what: 'is empty', value: Buffer.of() },
    { column: 'token_sealed', what: 'has another version', value: Buffer.alloc(60, 2) },
    { column: 'token_sealed', what: 'is too short', value: Buffer.alloc(44, 1) },
    { column: 'odd_sealed', what: 'is no bytes at all', value: 'AQID' },
  ])('finds a value of a sealed column that $what', async ({ column, value }) => {
    await using own = await createTestDatabase();
    await using owner = await connect(own.url);
    const { client } = owner;
    await client.query(LATER);
    await client.query(`insert into later.notes (${column}) values ($1), (null)`, [value]);
    expect(await findUnsealed(client, PUBLIC_URL)).toEqual([
      { table: 'later.notes', column, kind: 'not_sealed', rows: 1 },
    ]);
  });

  test('refuses to look where row-level security would hide what is there', async () => {
    await using own = await createTestDatabase();
    await using database = await openDatabase({ url: own.url });
    await expect(findUnsealed(database.pool, PUBLIC_URL)).rejects.toThrow('connect as the owner');
  });
});
