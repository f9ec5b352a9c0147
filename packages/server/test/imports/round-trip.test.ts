import type { ImportRow } from '@greenroom/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../accounts/support/connect.ts';
import type { TestWorkspace } from '../accounts/support/world.ts';
import { type Stage, startStage } from './support/stage.ts';

let stage: Stage;
let files: readonly string[];
beforeAll(async () => {
  stage = await startStage();
  await stage.tiktok.control.putCreator('second.creator');
  await connect(stage, stage.workspace, { username: 'second.creator' });
  const { workspace } = stage;
  const odd = ['-5 °C.jpg', 'it\'s; "quoted", twice.jpg', 'a | b.jpg', ' spaces .jpg', 'same.jpg'];
  for (const fileName of odd) await stage.addMedia(workspace, { fileName, type: 'PHOTO' });
  // A name that means two files: the export must name them otherwise.
  await stage.addMedia(workspace, { fileName: 'same.jpg', type: 'PHOTO' });
  files = (await workspace.api.listMedia({})).items
    .filter(({ media_type }) => media_type === 'PHOTO')
    .map(({ id }) => id);
});
afterAll(() => stage[Symbol.asyncDispose]());

const nasty = fc.string({
  unit: fc.constantFrom(
    ...['=', '+', '-', '@', "'", '"', ',', ';', '\t', '\r', '\n', ' ', 'a', 'ß', '👩‍🎤'],
  ),
  maxLength: 20,
});
const choice = fc.option(fc.boolean());

/** Rows that may be stored: what is not chosen makes them wait for a person. */
function storableRow(): fc.Arbitrary<Partial<ImportRow>> {
  const anyRow = fc.record({
    account: fc.constantFrom('@public_creator', 'second.creator'),
    media: fc.uniqueArray(fc.constantFrom(...files), { minLength: 1, maxLength: files.length }),
    media_type: fc.constant('PHOTO' as const),
    post_mode: fc.constantFrom('DIRECT_POST', 'MEDIA_UPLOAD'),
    title: nasty,
    description: nasty,
    privacy_level: fc.constantFrom(null, 'SELF_ONLY', 'PUBLIC_TO_EVERYONE'),
    disable_comment: choice,
    disable_duet: choice,
    disable_stitch: choice,
    brand_organic_toggle: choice,
    is_aigc: fc.boolean(),
    auto_add_music: fc.boolean(),
    publish_at: fc.constantFrom(null, inDays(3), inDays(300)),
  });
  // Photos that are posted directly have no label.
  return anyRow.map((row) => ({
    ...row,
    is_aigc: row.is_aigc && row.post_mode === 'MEDIA_UPLOAD',
  }));
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

/** What a workspace exports, in an order of its own: the newest first says nothing within one import. */
async function exported({ api }: TestWorkspace): Promise<{ rows: ImportRow[]; csv: string }> {
  const { items } = await api.exportPosts({ limit: 100 });
  const { csv } = await api.exportPosts({ limit: 100, format: 'csv' });
  const rows = items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { rows, csv: csv ?? '' };
}

test('what is exported, as JSON or as CSV, is imported as the same posts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(storableRow(), { minLength: 1, maxLength: 6 }), async (rows) => {
      const { api } = stage.workspace;
      const options = { check_creator: false, allow_duplicates: true };
      await stage.rows('delete from posts');
      await api.createImport({ rows, ...options });
      const first = await exported(stage.workspace);
      expect(first.rows).toHaveLength(rows.length);

      await stage.rows('delete from posts');
      await api.createImport({ rows: first.rows, ...options });
      expect((await exported(stage.workspace)).rows).toEqual(first.rows);

      await stage.rows('delete from posts');
      await api.createImport({ csv: first.csv, ...options });
      expect((await exported(stage.workspace)).rows).toEqual(first.rows);
    }),
    { numRuns: 12 },
  );
}, 120_000);

test('pages are files by themselves, and filters choose', async () => {
  await stage.rows('delete from posts');
  const { api } = stage.workspace;
  const rows = ['a', 'b', 'c'].map((title) => ({
    account: '@public_creator',
    media: ['clip.mp4'],
    title,
  }));
  await api.createImport({ rows, check_creator: false });
  const first = await api.exportPosts({ limit: 2, format: 'csv' });
  expect(first.items).toEqual([]);
  const second = await api.exportPosts({
    limit: 2,
    format: 'csv',
    cursor: first.next_cursor ?? '',
  });
  expect(second.next_cursor).toBeNull();
  for (const [page, count] of [
    [first, 2],
    [second, 1],
  ] as const) {
    const check = await api.checkImport({ csv: page.csv ?? '', check_creator: false });
    expect(check).toMatchObject({ is_ready: true, held: count });
  }
  expect((await api.exportPosts({ state: 'published' })).items).toEqual([]);
  expect((await api.exportPosts({ account_id: stage.account.id })).items).toHaveLength(3);
});

test('accounts and media are named as people know them, where that is clear', async () => {
  await stage.rows('delete from posts');
  const { api } = stage.workspace;
  const media = ['clip.mp4'];
  await api.createImport({
    rows: [{ account: stage.account.id, media: [stage.video] }],
    check_creator: false,
  });
  const { items } = await api.exportPosts({});
  expect(items).toMatchObject([{ account: '@public_creator', media }]);
});
