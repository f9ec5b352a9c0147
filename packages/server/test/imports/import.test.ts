import { createHash, randomUUID } from 'node:crypto';
import { GreenroomError } from '@greenroom/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../accounts/support/connect.ts';
import { BRANDED, choices, PLAIN, type Stage, startStage, storedPosts } from './support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  await stage.rows('delete from posts');
});

const CSV_CHOICES = 'SELF_ONLY,true,true,true,false,false';
const HEADINGS =
  'account,media,title,publish_at,time_zone,privacy_level,disable_comment,disable_duet,disable_stitch,brand_organic_toggle,brand_content_toggle';

/** A row that goes out when the music declaration was agreed to. */
function completeRow(more: Record<string, unknown> = {}) {
  return { account: '@public_creator', media: ['clip.mp4'], ...choices, ...more };
}

/** A day from now, at noon UTC. */
function tomorrow(days = 1): string {
  const at = new Date(Date.now() + days * 86_400_000);
  return `${at.toISOString().slice(0, 10)} 12:00`;
}

describe('a check', () => {
  test('gives each row a verdict and a moment, and stores nothing', async () => {
    const csv = [
      HEADINGS,
      `@public_creator,clip.mp4,One,${tomorrow()},UTC,${CSV_CHOICES}`,
      `${stage.account.id},${stage.video},Two,${tomorrow()}+01:00,,${CSV_CHOICES}`,
      'public_creator,clip.mp4,Three,,,,,,,,',
      `@nobody,clip.mp4,Four,${tomorrow()},UTC,${CSV_CHOICES}`,
    ].join('\r\n');
    const check = await stage.workspace.api.checkImport({ csv, declarations: [PLAIN] });
    const at = `${tomorrow().replace(' ', 'T')}:00.000Z`;
    const account_id = stage.account.id;
    expect(check).toEqual({
      is_ready: false,
      goes_out: 2,
      held: 1,
      refused: 1,
      required_declarations: [PLAIN],
      rows: [
        expect.objectContaining({
          row: 1,
          line: 2,
          verdict: 'goes_out',
          account_id,
          publish_at: at,
        }),
        expect.objectContaining({
          row: 2,
          verdict: 'goes_out',
          publish_at: new Date(Date.parse(at) - 3_600_000).toISOString(),
        }),
        expect.objectContaining({ row: 3, line: 4, verdict: 'held', publish_at: null }),
        expect.objectContaining({ row: 4, line: 5, verdict: 'refused', account_id: null }),
      ],
    });
    expect(check.rows[2]?.problems.map(({ code }) => code)).toContain('privacy_level_missing');
    expect(check.rows[3]?.problems).toEqual([
      {
        code: 'account_unknown',
        pointer: '/account',
        words: 'The workspace has no account "@nobody".',
        remedy: 'Connect it, or correct its name.',
        is_blocking: true,
      },
    ]);
    expect(await storedPosts(stage)).toEqual([]);
  });

  test.each([
    { what: 'no account', row: { account: undefined }, code: 'field_invalid' },
    { what: 'an unknown field', row: { caption: 'x' }, code: 'field_unknown' },
    { what: 'a wrong choice', row: { privacy_level: 'PRIVATE' }, code: 'field_invalid' },
    { what: 'unknown media', row: { media: ['other.mp4'] }, code: 'media_unknown' },
    { what: 'no media', row: { media: [] }, code: 'video_count' },
    { what: 'an address that is none', row: { media: ['https://'] }, code: 'media_url_unreadable' },
    {
      what: 'a moment without a zone',
      row: { publish_at: '2027-01-01 09:00' },
      code: 'time_zone_missing',
    },
    { what: 'a moment that is none', row: { publish_at: 'soon' }, code: 'time_unreadable' },
    {
      what: 'a zone that is none',
      row: { publish_at: '2027-01-01 09:00', time_zone: 'Mars' },
      code: 'time_zone_unknown',
    },
    {
      what: 'a skipped hour',
      row: { publish_at: '2027-03-28 02:30', time_zone: 'Europe/Berlin' },
      code: 'time_skipped',
    },
    {
      what: 'an hour that comes twice',
      row: { publish_at: '2027-10-31 02:30', time_zone: 'Europe/Berlin' },
      code: 'time_ambiguous',
    },
    {
      what: 'a moment in the past',
      row: { publish_at: '2020-01-01T00:00Z' },
      code: 'publish_at_past',
    },
    {
      what: 'a moment years ahead',
      row: { publish_at: '2040-01-01T00:00Z' },
      code: 'publish_at_far',
    },
    { what: 'a title too long', row: { title: 'x'.repeat(2201) }, code: 'title_too_long' },
    {
      what: 'a level that the creator has not',
      row: { privacy_level: 'FOLLOWER_OF_CREATOR' },
      code: 'privacy_level_not_allowed',
    },
    {
      what: 'branded content for nobody',
      row: { brand_content_toggle: true },
      code: 'branded_private',
    },
  ])('refuses a row with $what: $code', async ({ row, code }) => {
    const check = await stage.workspace.api.checkImport({
      rows: [completeRow(row), completeRow()],
      declarations: [PLAIN, BRANDED],
      // TikTok takes 20 such questions a minute.
      check_creator: code === 'privacy_level_not_allowed',
    });
    expect(check.rows.map(({ verdict }) => verdict)).toEqual(['refused', 'goes_out']);
    expect(check.rows[0]?.problems.map((problem) => problem.code)).toContain(code);
  });

  test('tells which declarations the file requires, and holds rows without theirs', async () => {
    const { api } = stage.workspace;
    const rows = [
      completeRow(),
      completeRow({ title: 'ad', brand_content_toggle: true, privacy_level: 'PUBLIC_TO_EVERYONE' }),
      {
        account: '@public_creator',
        media: ['clip.mp4'],
        title: 'inbox',
        post_mode: 'MEDIA_UPLOAD',
      },
      { account: '@public_creator', media: ['clip.mp4'], title: 'choices missing' },
    ];
    const check = await api.checkImport({ rows });
    expect(check.required_declarations).toEqual([PLAIN, BRANDED]);
    expect(check.rows.map(({ verdict }) => verdict)).toEqual(['held', 'held', 'goes_out', 'held']);
    // What lacks consent alone has a moment already.
    expect(check.rows.map(({ goes_out_at }) => goes_out_at !== null)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const plain = await api.checkImport({ rows, declarations: [PLAIN] });
    expect(plain.rows.map(({ verdict }) => verdict)).toEqual([
      'goes_out',
      'held',
      'goes_out',
      'held',
    ]);
    const both = await api.checkImport({ rows, declarations: [PLAIN, BRANDED] });
    expect(both.rows.map(({ verdict }) => verdict)).toEqual([
      'goes_out',
      'goes_out',
      'goes_out',
      'held',
    ]);
  });

  test('finds media by id, by SHA-256 and by name, and says when a name means two files', async () => {
    const { workspace } = stage;
    const bytes = randomUUID();
    const first = await stage.addMedia(workspace, { fileName: 'same.mp4', bytes });
    await stage.addMedia(workspace, { fileName: 'same.mp4', bytes });
    await stage.addMedia(workspace, { fileName: 'twice.mp4' });
    await stage.addMedia(workspace, { fileName: 'twice.mp4' });
    const sha256 = createHash('sha256').update(bytes).digest('hex').toUpperCase();
    const names = [first, sha256, 'same.mp4', 'twice.mp4'];
    const check = await workspace.api.checkImport({
      rows: names.map((name, index) => completeRow({ media: [name], title: String(index) })),
      declarations: [PLAIN],
      check_creator: false,
    });
    expect(check.rows.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      [],
      [],
      [],
      ['media_ambiguous'],
    ]);
  });

  test('refuses what is the same for the same account within a day, by a post or by another row', async () => {
    const { api } = stage.workspace;
    const row = (title: string, days: number) =>
      completeRow({ title, publish_at: tomorrow(days), time_zone: 'UTC' });
    const rows = [row('a', 1), row('b', 1), row('b', 1), row('b', 3)];
    await api.createImport({ rows: [row('a', 1)], declarations: [PLAIN] });
    const options = { declarations: [PLAIN], check_creator: false };
    const check = await api.checkImport({ rows, ...options });
    expect(check.rows.map(({ verdict }) => verdict)).toEqual([
      'refused',
      'goes_out',
      'refused',
      'goes_out',
    ]);
    expect(check.rows[2]?.problems[0]?.words).toContain('Row 2');
    const allowed = await api.checkImport({ rows, ...options, allow_duplicates: true });
    expect(allowed.is_ready).toBe(true);
  });

  test('tells when each row can go out behind the others, and why not sooner', async () => {
    const { api } = stage.workspace;
    const at = tomorrow();
    const rows = Array.from({ length: 16 }, (_, index) =>
      completeRow({ title: String(index), publish_at: at, time_zone: 'UTC' }),
    );
    const check = await api.checkImport({ rows, declarations: [PLAIN], check_creator: false });
    const wanted = Date.parse(`${at.replace(' ', 'T')}Z`);
    const delays = check.rows.map(({ goes_out_at }) => Date.parse(goes_out_at ?? '') - wanted);
    expect(delays[0]).toBe(0);
    // Six a minute, and 15 a day.
    expect(delays[6]).toBeGreaterThanOrEqual(60_000);
    expect(delays[15]).toBeGreaterThanOrEqual(86_400_000);
    expect(check.rows[0]?.reasons).toEqual([]);
    expect(check.rows[15]?.reasons.map(({ code }) => code)).toContain('cap_posts');
  });

  test('asks TikTok once for each account, or not at all', async () => {
    const { tiktok, workspace } = stage;
    const path = '/v2/post/publish/creator_info/query/';
    const asked = async () =>
      (await tiktok.control.listRequests()).requests.filter((one) => one.path === path).length;
    const before = await asked();
    const rows = [completeRow({ title: 'x' }), completeRow({ title: 'y' })];
    await workspace.api.checkImport({ rows });
    expect(await asked()).toBe(before + 1);
    await workspace.api.checkImport({ rows, check_creator: false });
    expect(await asked()).toBe(before + 1);
  });
});

describe('an import', () => {
  test('makes a post of every row, scheduled or held, with who agreed to what', async () => {
    const { api, principal } = stage.workspace;
    const made = await api.createImport({
      rows: [
        completeRow({ title: 'later', publish_at: tomorrow() }),
        completeRow({ title: 'now' }),
        completeRow({ title: 'held', privacy_level: null }),
      ],
      time_zone: 'UTC',
      declarations: [PLAIN],
    });
    expect(made).toMatchObject({ goes_out: 2, held: 1 });
    expect(made.posts.map(({ row, verdict }) => [row, verdict])).toEqual([
      [1, 'goes_out'],
      [2, 'goes_out'],
      [3, 'held'],
    ]);
    const posts = await Promise.all(made.posts.map(({ post_id }) => api.getPost({ id: post_id })));
    const consent = {
      by: `api_key:${principal.keyId}`,
      at: expect.any(String),
      declaration: PLAIN,
    };
    expect(posts).toMatchObject([
      {
        title: 'later',
        state: 'scheduled',
        publish_at: `${tomorrow().replace(' ', 'T')}:00.000Z`,
        consent,
        media: [{ media_id: stage.video }],
      },
      { title: 'now', state: 'scheduled', publish_at: expect.any(String), consent },
      { title: 'held', state: 'held', reason: { code: 'privacy_level_missing' }, publish_at: null },
    ]);
    const [entry] = (await api.listActivity({})).items;
    expect(entry).toMatchObject({
      action: 'posts.imported',
      subject_id: made.id,
      details: { goes_out: 2, held: 1, declarations: [PLAIN] },
    });
  });

  test('with one bad row stores nothing, and names the row', async () => {
    const { api } = stage.workspace;
    const csv = `account,media,title\n@public_creator,clip.mp4,one\n@public_creator,gone.mp4,two\n`;
    const refusal = await api.createImport({ csv }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(GreenroomError);
    expect(refusal).toMatchObject({
      code: 'import-refused',
      problem: {
        detail: expect.stringContaining('Nothing of the 2 rows was stored. Row 2 (line 3): '),
        errors: [{ in: 'body', pointer: '/csv' }],
      },
    });
    const rows = [completeRow(), completeRow({ title: 'two', media: ['gone.mp4'] })];
    await expect(api.createImport({ rows })).rejects.toMatchObject({
      problem: { errors: [{ in: 'body', pointer: '/rows/1/media/0' }] },
    });
    expect(await storedPosts(stage)).toEqual([]);
  });

  test('is done once for one Idempotency-Key', async () => {
    const { api } = stage.workspace;
    const body = { rows: [completeRow({ title: 'once' })], declarations: [PLAIN, BRANDED] };
    const idempotencyKey = randomUUID();
    const first = await api.createImport(body, { idempotencyKey });
    // Of what was agreed to, the log has what a post needed.
    const [entry] = (await api.listActivity({ action: 'posts.imported' })).items;
    expect(entry?.details).toMatchObject({ declarations: [PLAIN] });
    expect(await api.createImport(body, { idempotencyKey })).toEqual(first);
    expect(await storedPosts(stage)).toHaveLength(1);
  });

  test('takes either CSV or rows', async () => {
    const { api } = stage.workspace;
    const invalid = { code: 'invalid-request' };
    await expect(api.createImport({})).rejects.toMatchObject(invalid);
    const both = { csv: 'account\na', rows: [{}] };
    await expect(api.createImport(both)).rejects.toMatchObject(invalid);
  });

  test('of what goes out by itself needs a key that may publish', async () => {
    const writer = await stage.addKey(stage.workspace.id, ['posts:write']);
    const rows = [completeRow({ title: 'by a writer' })];
    await expect(writer.api.createImport({ rows, declarations: [PLAIN] })).rejects.toMatchObject({
      code: 'forbidden',
    });
    // Nor does it agree for anybody: what it brings waits without a consent.
    const held = completeRow({ title: 'held', privacy_level: null });
    const agreed = { rows: [held], declarations: [PLAIN] };
    await expect(writer.api.createImport(agreed)).rejects.toMatchObject({ code: 'forbidden' });
    const draft = completeRow({ title: 'a draft', post_mode: 'MEDIA_UPLOAD' });
    await expect(writer.api.createImport({ rows: [draft] })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await storedPosts(stage)).toEqual([]);
    expect(await writer.api.createImport({ rows })).toMatchObject({ goes_out: 0, held: 1 });
  });

  test('sees nothing of other workspaces', async () => {
    const other = await stage.addWorkspace();
    const check = await other.api.checkImport({
      rows: [{ account: stage.account.id }, { account: '@public_creator', media: [stage.video] }],
    });
    expect(check.rows.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      ['account_unknown'],
      ['account_unknown', 'media_unknown'],
    ]);
  });
});

test('an account with the handle of another must be named by its id', async () => {
  await stage.tiktok.control.putCreator('other_creator');
  const other = await connect(stage, stage.workspace, { username: 'other_creator' });
  await stage.rows(`update accounts set username = 'public_creator' where id = $1`, [other.id]);
  const check = await stage.workspace.api.checkImport({
    rows: [completeRow(), completeRow({ account: other.id })],
  });
  await stage.rows(`update accounts set username = 'other_creator' where id = $1`, [other.id]);
  expect(check.rows[0]?.problems.map(({ code }) => code)).toEqual(['account_ambiguous']);
  expect(check.rows[1]?.account_id).toBe(other.id);
});
