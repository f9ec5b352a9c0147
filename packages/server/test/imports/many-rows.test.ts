import { GreenroomError } from '@greenroom/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { choices, PLAIN, type Stage, startStage, storedPosts } from './support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  await stage.rows('delete from posts');
});

const ROWS = 10_000;
const TEXT = 'Wie schön! 👩‍🎤 #greenroom '.repeat(8);

/** A file as an agency has it: each row with a caption of its own, a moment and all choices. */
function makeFile(bad?: number): string {
  const headings = `account,media,title,publish_at,time_zone,${Object.keys(choices).join(',')}`;
  const chosen = Object.values(choices).join(',');
  const start = Date.now() + 86_400_000;
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const at = new Date(start + index * 60_000).toISOString().slice(0, 16);
    const media = index + 1 === bad ? 'gone.mp4' : 'clip.mp4';
    return `@public_creator,${media},"${index}: ${TEXT}",${at},UTC,${chosen}`;
  });
  return [headings, ...lines].join('\r\n');
}

const options = { timeoutMs: 170_000 };

test('10,000 rows with one bad: nothing is stored, and the row is named', {
  timeout: 180_000,
}, async () => {
  const csv = makeFile(7321);
  expect(csv.length).toBeGreaterThan(2_000_000);
  const { api } = stage.workspace;
  const refusal = await api
    .createImport({ csv, declarations: [PLAIN] }, options)
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(GreenroomError);
  expect(refusal).toMatchObject({
    code: 'import-refused',
    problem: {
      detail: expect.stringContaining('Nothing of the 10000 rows was stored. Row 7321 (line 7322)'),
      errors: [{ pointer: '/csv' }],
    },
  });
  expect(await storedPosts(stage)).toEqual([]);
});

test('10,000 good rows are checked, taken and given back', { timeout: 180_000 }, async () => {
  const csv = makeFile();
  const { api } = stage.workspace;
  const check = await api.checkImport({ csv, declarations: [PLAIN] }, options);
  expect(check).toMatchObject({ is_ready: true, goes_out: ROWS, held: 0, refused: 0 });
  const made = await api.createImport(
    { csv, declarations: [PLAIN] },
    { ...options, idempotencyKey: 'ten-thousand' },
  );
  expect(made.posts).toHaveLength(ROWS);
  const [counted] = await stage.rows<{ posts: number; media: number; events: number }>(
    `select (select count(*)::int from posts where state = 'scheduled') as posts,
       (select count(*)::int from post_media) as media,
       (select count(*)::int from events where post_id is not null) as events`,
  );
  // Made, and scheduled.
  expect(counted).toEqual({ posts: ROWS, media: ROWS, events: 2 * ROWS });
  const given = await api.exportPosts({ limit: ROWS, format: 'csv' }, options);
  expect(given.next_cursor).toBeNull();
  expect(given.csv?.split('\r\n')).toHaveLength(ROWS + 2);
});

test('a row or a byte too many is refused with what to do', { timeout: 180_000 }, async () => {
  const { api } = stage.workspace;
  const lines = `account\n${'a\n'.repeat(ROWS + 1)}`;
  await expect(api.checkImport({ csv: lines })).rejects.toMatchObject({
    code: 'import-refused',
    problem: { detail: `There are more than ${ROWS} rows.` },
  });
  await expect(api.checkImport({ csv: 'x'.repeat(16_777_216) }, options)).rejects.toMatchObject({
    code: 'body-too-large',
  });
});
